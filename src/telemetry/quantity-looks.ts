/**
 * What a quantity is called and measured in, guessed from the name that a device gave it. A table; an unknown name keeps
 * its own words and has no unit.
 */
export interface QuantityLook {
  /** For people: "Temperature", "Soil moisture". */
  readonly label: string;
  /** Empty when it has none or it cannot be known. */
  readonly unit: string;
  /** Digits behind the point that are worth showing. */
  readonly decimals: number;
}

type Row = readonly [pattern: RegExp, label: string, unit: string, decimals: number];

/** Tried in this order against the last word of the path, in lower case with `_` between words. */
const rows: readonly Row[] = [
  [/^(temp|temperature)_?f$|fahrenheit/, 'Temperature', '°F', 1],
  [/dew_?point/, 'Dew point', '°C', 1],
  [/^(t|temp|temperature|tmp)(_?c)?(_?\d*)$|_temp(erature)?(_?c)?$|celsius/, 'Temperature', '°C', 1],
  [/^(soil|ground)_?(moisture|humidity)|^moisture/, 'Soil moisture', '%', 0],
  [/^(h|hum|humidity|rh|humid)(_?\d*)$|_hum(idity)?$/, 'Humidity', '%', 0],
  [/press(ure)?|baro/, 'Air pressure', 'hPa', 1],
  [/rssi|signal_?strength|^dbm$/, 'Wi-Fi signal', 'dBm', 0],
  [/^(link_?quality|lqi)$/, 'Link quality', '', 0],
  [/^snr$/, 'Signal to noise', 'dB', 1],
  [/(battery|batt?|bat)_?(voltage|volts?|v|mv)$|^v_?bat(t(ery)?)?$/, 'Battery', 'V', 2],
  [/(battery|batt?|bat)(_?(level|percent(age)?|pct|soc))?$/, 'Battery', '%', 0],
  [/^(voltage|volts?|vcc|v_?in|u)$|_voltage$/, 'Voltage', 'V', 2],
  [/^(current|amps?|ampere|i)$|_current$/, 'Current', 'A', 2],
  [/^(power|watts?|apower|active_?power|p)$|_power$/, 'Power', 'W', 1],
  [/energy|kwh|^(total|today|yesterday)$/, 'Energy', 'kWh', 2],
  [/^(power_?factor|factor|pf)$/, 'Power factor', '', 2],
  [/^(freq|frequency)$/, 'Frequency', 'Hz', 2],
  [/^e?co_?2(_?eq)?(_?ppm)?$/, 'CO₂', 'ppm', 0],
  [/t?voc/, 'Organic compounds', 'ppb', 0],
  [/pm_?2_?[._]?5/, 'Fine dust PM2.5', 'µg/m³', 0],
  [/pm_?10/, 'Fine dust PM10', 'µg/m³', 0],
  [/^pm_?1(_?0)?$/, 'Fine dust PM1', 'µg/m³', 0],
  [/illumina(nce|tion)|^lux$|^light(_?level)?$|ambient_?light/, 'Brightness', 'lx', 0],
  [/uv(_?index)?$/, 'UV index', '', 1],
  [/wind_?(speed|gust)/, 'Wind', 'm/s', 1],
  [/(wind_?)?(direction|bearing|azimuth)$/, 'Direction', '°', 0],
  [/^rain|precip/, 'Rain', 'mm', 1],
  [/^(uptime|up_?time)(_?s(ec(onds)?)?)?$|^up$/, 'Running for', 's', 0],
  [/heap|free_?mem/, 'Free memory', 'B', 0],
  [/(distance|range|depth)(_?mm)$/, 'Distance', 'mm', 0],
  [/(distance|range|depth)(_?cm)?$/, 'Distance', 'cm', 0],
  [/^(brightness|volume|position|fill|level|percent(age)?|dimmer)$/, '', '', 0],
];

const known = new Map<string, QuantityLook>();
const maxKnown = 4_096;

const batteryVolts: QuantityLook = { label: 'Battery', unit: 'V', decimals: 2 };

/**
 * `temperature` → Temperature in °C; `bme280.pressure` → Air pressure in hPa. `value`, when given, tells a battery's volts
 * from its percents: `3.7` is no percentage.
 */
export function quantityLook(quantity: string, value?: number): QuantityLook {
  let look = known.get(quantity);
  if (!look) {
    look = guess(quantity);
    // Names come from strangers: they are remembered, but not without end.
    if (known.size >= maxKnown) known.clear();
    known.set(quantity, look);
  }
  const isVolts = look.label === 'Battery' && value !== undefined && value < 20 && !Number.isInteger(value);
  return isVolts ? batteryVolts : look;
}

function guess(quantity: string): QuantityLook {
  const words = quantity.split(/[./]/);
  while (words.length > 1 && /^\d+$/.test(words.at(-1) ?? '')) words.pop();
  const name = snake(words.at(-1) ?? '');
  const row = rows.find(([pattern]) => pattern.test(name));
  if (!row) return { label: asWords(words.at(-1) ?? quantity), unit: '', decimals: 2 };
  const [, label, unit, decimals] = row;
  return { label: label === '' ? asWords(words.at(-1) ?? quantity) : label, unit, decimals };
}

/** `batteryVoltage` and `battery-voltage` become `battery_voltage`. */
const snake = (word: string): string =>
  word
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replace(/[\s-]+/g, '_')
    .toLowerCase();

function asWords(word: string): string {
  const text = snake(word).replaceAll('_', ' ').trim();
  return text === '' ? 'Value' : text.charAt(0).toUpperCase() + text.slice(1);
}

/** The value as people read it, without its unit: not more digits than are worth it, not less than make a difference. */
export function valueText(value: number, decimals: number): string {
  const size = Math.abs(value);
  if (size !== 0 && size < 10 ** -decimals) return value.toPrecision(2);
  if (size >= 1e7) return value.toExponential(3);
  return value.toFixed(size >= 10_000 ? 0 : decimals);
}

/** A device's settings as parts of its configuration file. Defaults are left out. */
import type { DeviceConfig } from '../contract/config.ts';
import { certificateParts } from '../pki/certificate-fields.ts';
import { fingerprint, publicKeyPin } from '../pki/export/fingerprints.ts';
import type { CertificateRecord } from '../project/entities.ts';
import type { BrokerCheck, DeviceSettings } from '../project/device-settings.ts';
import { toHex } from '../shared/bytes.ts';

/** @param broker the certificate of the device port, for devices that compare it. */
export async function settingsConfig(
  settings: DeviceSettings,
  broker: CertificateRecord,
  crypto: Crypto,
): Promise<Partial<DeviceConfig>> {
  const { clock, form, unsigned = [], baud } = settings;
  return {
    ...(await tlsPart(settings.brokerCheck ?? 'ca', broker, crypto)),
    ...(clock ? { time: { ntp: clock.servers, tz: clock.timeZone } } : {}),
    ...(form ? { form: { kind: form.kind, ...(form.base === '' ? {} : { base: form.base }) } } : {}),
    ...pinParts(settings),
    ...(baud ? { baud } : {}),
    ...(unsigned.length > 0 ? { unsigned } : {}),
  };
}

function pinParts({ sensor, led, pixel, relay, outputs }: DeviceSettings): Partial<DeviceConfig> {
  return {
    sensor: { type: sensor.type, pin: sensor.pin, every_s: sensor.everyS, unit: sensor.unit },
    ...(led ? { led: { pin: led.pin, low: led.activeLow } } : {}),
    ...(pixel ? { pixel: { pin: pixel.pin, order: pixel.order, at: tenths(pixel.thresholds) } } : {}),
    ...(relay ? { relay: { pin: relay.pin, low: relay.activeLow, pulse_ms: relay.pulseMs } } : {}),
    ...(outputs ? { spi: { ss: outputs.selectPin, invert: outputs.inverted } } : {}),
  };
}

async function tlsPart(
  check: BrokerCheck,
  broker: CertificateRecord,
  crypto: Crypto,
): Promise<Pick<DeviceConfig, 'tls'>> {
  if (check === 'ca') return {};
  if (check === 'fingerprint')
    return { tls: { mode: 'sha1', pin: toHex((await fingerprint(broker.der, 'SHA-1', crypto)).digest) } };
  const publicKey = certificateParts(broker.der).publicKeyInfo;
  return { tls: { pin: (await publicKeyPin(Uint8Array.from(publicKey), crypto)).hex } };
}

const tenths = ([a, b, c, d]: readonly [number, number, number, number]): [
  number,
  number,
  number,
  number,
] => [Math.round(a * 10), Math.round(b * 10), Math.round(c * 10), Math.round(d * 10)];

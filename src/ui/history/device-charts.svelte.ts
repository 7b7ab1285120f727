/** What a device's page shows of its series: the range, which of them, what was read for it, and where the cursor is. */
import { asAppError, type AppError } from '../../shared/errors.ts';
import type { AlertRule } from '../../telemetry/alerts/rule.ts';
import { curveOf, type Curve } from '../../telemetry/history/curve.ts';
import { stretchesOf } from '../../telemetry/history/stretches.ts';
import { summaryOf } from '../../telemetry/history/summary.ts';
import type { QuantityLook } from '../../telemetry/quantity-looks.ts';
import type { Summary } from '../../telemetry/series.ts';
import { shownLook, shownValue, type TemperatureUnit } from '../../telemetry/shown-values.ts';
import type { KeptHistory, SeriesName } from '../../workflows/keep-history.ts';
import { app } from '../state/app.svelte.ts';
import type { ChartLine, ChartRange } from './chart-data.ts';
import { panned, zoomed } from './chart-range.ts';
import { lookOf } from './series-looks.ts';

export const rangeChoices = [
  { id: '1h', text: '1 h', ms: 3_600_000 },
  { id: '24h', text: '24 h', ms: 86_400_000 },
  { id: '7d', text: '7 d', ms: 7 * 86_400_000 },
  { id: '30d', text: '30 d', ms: 30 * 86_400_000 },
] as const;

interface Loaded {
  readonly quantity: string;
  readonly curve: Curve;
  readonly summary: Summary | null;
  readonly unreadableCount: number;
}

/** Read beyond what is seen, on each side: panning shows at once what is there. */
const marginShare = 0.5;
const namesForMs = 10_000;
/** More lines than these would only hide each other. */
const mostLines = 20;

export class DeviceCharts {
  readonly #kept: KeptHistory;
  readonly #deviceId: string;
  range = $state.raw<ChartRange>({ fromMs: 0, toMs: 1 });
  /** The range ends at this moment, and goes on with it. */
  isFollowing = $state(true);
  names = $state.raw<readonly SeriesName[]>([]);
  hidden = $state.raw<readonly string[]>([]);
  /** One for each shown series. */
  loaded = $state.raw<readonly Loaded[]>([]);
  isLoading = $state(true);
  failure = $state.raw<AppError | null>(null);
  cursorMs = $state<number | null>(null);
  /** Places the chart has room for. */
  places = 600;
  #chosenMs: number = rangeChoices[0].ms;
  #reading = 0;
  #namesAtMs = 0;

  constructor(kept: KeptHistory, deviceId: string) {
    this.#kept = kept;
    this.#deviceId = deviceId;
    this.#follow();
  }

  /** One of `rangeChoices`, or null for a range of the person's own. */
  get chosen(): string | null {
    const widthMs = this.range.toMs - this.range.fromMs;
    return rangeChoices.find(({ ms }) => this.isFollowing && Math.abs(ms - widthMs) < 1)?.id ?? null;
  }

  get refreshMs(): number {
    const placeMs = (this.range.toMs - this.range.fromMs) / this.places;
    return Math.min(30_000, Math.max(1_000, placeMs / 2));
  }

  get shownNames(): readonly SeriesName[] {
    return this.names.filter(({ quantity }) => !this.hidden.includes(quantity)).slice(0, mostLines);
  }

  choose(ms: number): void {
    this.#chosenMs = ms;
    this.isFollowing = true;
    this.#follow();
    void this.load();
  }

  /** A range of the person's own; one that ends now goes on with time. */
  move(range: ChartRange): void {
    this.range = range;
    const nowMs = this.#nowMs;
    this.isFollowing = range.toMs >= nowMs && range.fromMs < nowMs;
    if (this.isFollowing) this.#chosenMs = Math.min(range.toMs, nowMs + 1) - range.fromMs;
    void this.load();
  }

  zoom(factor: number): void {
    const { fromMs, toMs } = this.range;
    this.move(zoomed(this.range, this.isFollowing ? toMs : (fromMs + toMs) / 2, factor));
  }

  pan(share: number): void {
    const { fromMs, toMs } = this.range;
    this.move(panned(this.range, (toMs - fromMs) * share, this.#nowMs));
  }

  reset(): void {
    this.choose(rangeChoices[0].ms);
  }

  toggle(quantity: string): void {
    const others = this.hidden.filter((name) => name !== quantity);
    this.hidden = others.length < this.hidden.length ? others : [...others, quantity];
    void this.load();
  }

  /** Time went on, or something arrived. */
  async refresh(): Promise<void> {
    if (this.isFollowing) this.#follow();
    await this.load();
  }

  /** Of several readings at once the newest counts. */
  async load(): Promise<void> {
    const reading = ++this.#reading;
    try {
      await this.#findNames();
      const found = await Promise.all(this.shownNames.map((name) => this.#read(name)));
      if (reading !== this.#reading) return;
      this.loaded = found;
      this.failure = null;
    } catch (thrown) {
      if (reading === this.#reading) this.failure = asAppError(thrown);
    } finally {
      this.isLoading = false;
    }
  }

  lines(unit: TemperatureUnit, rules: readonly AlertRule[]): ChartLine[] {
    return this.shownNames.flatMap(({ quantity }) => {
      const loaded = this.of(quantity);
      if (!loaded) return [];
      const own = lookOf(this.#deviceId, quantity);
      const look = shownLook(own, unit);
      const limit = (kind: 'above' | 'below'): number | null => {
        const rule = rules.find(
          (known) => known.deviceId === this.#deviceId && known.quantity === quantity && known.kind === kind,
        );
        return rule ? shownValue(rule.limit, own, unit) : null;
      };
      const line: ChartLine = {
        id: quantity,
        name: look.label,
        unit: look.unit,
        decimals: look.decimals,
        colour: this.colourOf(quantity),
        curve: converted(loaded.curve, own, unit),
        above: limit('above'),
        below: limit('below'),
      };
      return [line];
    });
  }

  /** What was read of a series; null while it is not shown. */
  of(quantity: string): Loaded | null {
    return this.loaded.find((one) => one.quantity === quantity) ?? null;
  }

  /** The same series has the same colour, whichever others are shown. */
  colourOf(quantity: string): number {
    return this.names.findIndex((name) => name.quantity === quantity);
  }

  /** Which series there are changes seldom, and asking goes over all of all devices. */
  async #findNames(): Promise<void> {
    const nowMs = this.#nowMs;
    if (this.names.length > 0 && nowMs - this.#namesAtMs < namesForMs) return;
    this.#namesAtMs = nowMs;
    const all = await this.#kept.series();
    this.names = all.filter(({ deviceId }) => deviceId === this.#deviceId);
  }

  async #read(name: SeriesName): Promise<Loaded> {
    const { fromMs, toMs } = this.range;
    const marginMs = (toMs - fromMs) * marginShare;
    const frame = {
      fromMs: fromMs - marginMs,
      toMs: toMs + marginMs,
      places: Math.round(this.places * (1 + 2 * marginShare)),
    };
    const kept = await this.#kept.read(name, frame.fromMs, frame.toMs);
    return {
      quantity: name.quantity,
      curve: curveOf(kept, frame),
      summary: summaryOf(stretchesOf(kept), fromMs, toMs),
      unreadableCount: kept.unreadableCount,
    };
  }

  #follow(): void {
    const toMs = this.#nowMs + 1;
    this.range = { fromMs: toMs - this.#chosenMs, toMs };
  }

  get #nowMs(): number {
    return app().environment.clock.nowMs();
  }
}

function converted(curve: Curve, look: QuantityLook, unit: TemperatureUnit): Curve {
  if (shownLook(look, unit).unit === look.unit) return curve;
  const shown = (values: readonly number[]): number[] => values.map((value) => shownValue(value, look, unit));
  return {
    ...curve,
    means: shown(curve.means),
    mins: shown(curve.mins),
    maxs: shown(curve.maxs),
  };
}

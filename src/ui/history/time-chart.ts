/**
 * Several series over time on a canvas (uPlot): means as lines, what lies between least and greatest as a wash, gaps as
 * gaps, thresholds as bands. Draws what it is given; where it stands in time is decided by whoever holds it.
 */
import uPlot from 'uplot';
import { alignedLines, type AlignedLines, type ChartLine, type ChartRange } from './chart-data.ts';
import { tickWords } from './chart-range.ts';

export interface ChartPalette {
  readonly text: string;
  readonly line: string;
  readonly surface: string;
  readonly bad: string;
  readonly series: readonly string[];
}

export interface ChartEvents {
  /** The person marked a range with the mouse. */
  onMark(range: ChartRange): void;
  /** Where the cursor stands; null when it left. */
  onCursor(atMs: number | null): void;
}

const axisPx = 58;
/** Above so many places dots would be a thick line. */
const mostDots = 80;

export class TimeChart {
  readonly #host: HTMLElement;
  readonly #palette: ChartPalette;
  readonly #events: ChartEvents;
  #plot: uPlot | null = null;
  #form = '';
  #lines: readonly ChartLine[] = [];
  #aligned: AlignedLines = { columns: [[]], lone: [], retained: [], spread: [] };
  #size = { width: 600, height: 280 };

  constructor(host: HTMLElement, palette: ChartPalette, events: ChartEvents) {
    this.#host = host;
    this.#palette = palette;
    this.#events = events;
  }

  /** CSS pixels between the axes. */
  get plotWidthPx(): number {
    return Math.max(50, this.#size.width - axisPx * 2);
  }

  get plot(): uPlot | null {
    return this.#plot;
  }

  resize(width: number, height: number): void {
    if (width === this.#size.width && height === this.#size.height) return;
    this.#size = { width, height };
    this.#plot?.setSize(this.#size);
  }

  draw(lines: readonly ChartLine[], range: ChartRange): void {
    this.#lines = lines;
    this.#aligned = alignedLines(lines);
    const data = this.#aligned.columns as unknown as uPlot.AlignedData;
    const form = this.#formOf();
    if (form !== this.#form || !this.#plot) {
      this.#plot?.destroy();
      this.#form = form;
      this.#plot = new uPlot(this.#options(), data, this.#host);
      // What marks a range and what drags it are told apart by the gestures, not by uPlot.
      this.#plot.over.classList.add('over');
    } else this.#plot.setData(data, false);
    this.show(range);
  }

  /** Moves without new data: what is drawn moves along at once. */
  show({ fromMs, toMs }: ChartRange): void {
    this.#plot?.setScale('x', { min: fromMs / 1000, max: toMs / 1000 });
  }

  /** Puts the cursor at a moment; null takes it away. */
  point(atMs: number | null): void {
    if (!this.#plot) return;
    const left = atMs === null ? -10 : this.#plot.valToPos(atMs / 1000, 'x');
    this.#plot.setCursor({ left, top: atMs === null ? -10 : this.#plot.over.clientHeight / 2 });
  }

  destroy(): void {
    this.#plot?.destroy();
    this.#plot = null;
  }

  #formOf(): string {
    const lines = this.#lines.map(({ id, unit, colour }) => `${id} ${unit} ${colour}`);
    return [...lines, this.#aligned.spread.join()].join('|');
  }

  #options(): uPlot.Options {
    const units = [...new Set(this.#lines.map(({ unit }) => unit))];
    return {
      ...this.#size,
      legend: { show: false },
      cursor: {
        y: false,
        points: { size: 8 },
        drag: { x: true, y: false, setScale: false },
        bind: { dblclick: () => null },
      },
      scales: {
        x: { time: true, auto: false },
        ...Object.fromEntries(
          units.map((unit, i) => [`y${i}`, { auto: true, range: paddedBy(this.#leastPad(unit)) }]),
        ),
      },
      series: [{}, ...this.#lines.map((line, i) => this.#series(line, i, units)), ...this.#edges(units)],
      bands: this.#aligned.spread.map((line, i) => {
        const first = 1 + this.#lines.length + 2 * i;
        return { series: [first + 1, first], fill: `${this.#colour(line)}2e` };
      }),
      axes: [this.#timeAxis(), ...units.map((unit, i) => this.#valueAxis(unit, i))],
      hooks: {
        drawClear: [(plot) => this.#drawLimits(plot, units)],
        draw: [(plot) => this.#drawRetained(plot, units)],
        setSelect: [(plot) => this.#marked(plot)],
        setCursor: [(plot) => this.#cursorMoved(plot)],
      },
    };
  }

  #series({ name, unit }: ChartLine, i: number, units: readonly string[]): uPlot.Series {
    const stroke = this.#colour(i);
    return {
      label: name,
      scale: `y${units.indexOf(unit)}`,
      stroke,
      width: 1.75,
      spanGaps: false,
      points: {
        show: true,
        size: 5,
        fill: stroke,
        filter: (plot) => this.#dots(plot, i),
      },
    };
  }

  /** Least and greatest, seen only as the edges of a band. */
  #edges(units: readonly string[]): uPlot.Series[] {
    return this.#aligned.spread.flatMap((line) => {
      const scale = `y${units.indexOf(this.#lines[line]?.unit ?? '')}`;
      const edge: uPlot.Series = { scale, width: 0, points: { show: false }, spanGaps: false };
      return [edge, { ...edge }];
    });
  }

  #leastPad(unit: string): number {
    const decimals = this.#lines.filter((line) => line.unit === unit).map((line) => line.decimals);
    return 5 * 10 ** -Math.max(...decimals);
  }

  #dots(plot: uPlot, line: number): number[] {
    const column = this.#aligned.columns[line + 1] ?? [];
    const retained = this.#aligned.retained[line] ?? [];
    const [from, to] = plot.series[0]?.idxs ?? [0, 0];
    if (to - from > mostDots) return (this.#aligned.lone[line] ?? []).filter((i) => !retained.includes(i));
    const places = Array.from({ length: to - from + 1 }, (_, i) => from + i);
    return places.filter((i) => typeof column[i] === 'number' && !retained.includes(i));
  }

  #timeAxis(): uPlot.Axis {
    return {
      ...this.#axisLook(),
      space: 72,
      size: 30,
      values: (plot, ticks) => {
        const { min = 0, max = 0 } = plot.scales['x'] ?? {};
        return ticks.map((tick) => tickWords(tick * 1000, (max - min) * 1000));
      },
    };
  }

  #valueAxis(unit: string, i: number): uPlot.Axis {
    const colours = this.#lines.filter((line) => line.unit === unit);
    const stroke =
      colours.length === 1 ? this.#colour(this.#lines.indexOf(colours[0] as ChartLine)) : this.#palette.text;
    return {
      ...this.#axisLook(),
      scale: `y${i}`,
      // A third unit has its own scale, but no axis: its numbers stand beneath the chart.
      show: i < 2,
      // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- uPlot's Side is ambient and const: isolated modules cannot name it
      side: i === 0 ? 3 : 1,
      stroke,
      grid: { show: i === 0, stroke: this.#palette.line, width: 1 },
      size: axisPx,
      space: 36,
      values: (_, ticks) => ticks.map((tick) => `${Number(tick.toPrecision(6))}${unit && ` ${unit}`}`),
    };
  }

  #axisLook(): uPlot.Axis {
    return {
      stroke: this.#palette.text,
      grid: { stroke: this.#palette.line, width: 1 },
      ticks: { show: false },
      font: '12px system-ui, sans-serif',
    };
  }

  #colour(line: number): string {
    const { series } = this.#palette;
    return series[(this.#lines[line]?.colour ?? 0) % series.length] ?? this.#palette.text;
  }

  #drawLimits(plot: uPlot, units: readonly string[]): void {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const { unit, above, below } of this.#lines) {
      const yOf = (value: number): number => plot.valToPos(value, `y${units.indexOf(unit)}`, true);
      if (above !== null) this.#drawLimit(ctx, bbox, [bbox.top, yOf(above)]);
      if (below !== null) this.#drawLimit(ctx, bbox, [bbox.top + bbox.height, yOf(below)]);
    }
    ctx.restore();
  }

  #drawLimit(
    ctx: CanvasRenderingContext2D,
    bbox: uPlot.BBox,
    [edge, limit]: readonly [number, number],
  ): void {
    ctx.fillStyle = `${this.#palette.bad}1f`;
    ctx.fillRect(bbox.left, Math.min(edge, limit), bbox.width, Math.abs(edge - limit));
    ctx.strokeStyle = this.#palette.bad;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, limit);
    ctx.lineTo(bbox.left + bbox.width, limit);
    ctx.stroke();
  }

  /** Rings: what the broker had kept is no measurement of this moment. */
  #drawRetained(plot: uPlot, units: readonly string[]): void {
    const { ctx } = plot;
    ctx.save();
    ctx.lineWidth = 1.75 * devicePixelRatio;
    ctx.fillStyle = this.#palette.surface;
    this.#aligned.retained.forEach((places, line) => {
      ctx.strokeStyle = this.#colour(line);
      const scale = `y${units.indexOf(this.#lines[line]?.unit ?? '')}`;
      for (const place of places) {
        const value = this.#aligned.columns[line + 1]?.[place];
        const at = this.#aligned.columns[0][place];
        if (typeof value !== 'number' || at === undefined) continue;
        ctx.beginPath();
        ctx.arc(plot.valToPos(at, 'x', true), plot.valToPos(value, scale, true), 4 * devicePixelRatio, 0, 7);
        ctx.fill();
        ctx.stroke();
      }
    });
    ctx.restore();
  }

  #marked(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width < 4) return;
    const at = (px: number): number => plot.posToVal(px, 'x') * 1000;
    const range = { fromMs: at(left), toMs: at(left + width) };
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#events.onMark(range);
  }

  #cursorMoved(plot: uPlot): void {
    const { left = -1 } = plot.cursor;
    this.#events.onCursor(left < 0 ? null : plot.posToVal(left, 'x') * 1000);
  }
}

/** A little room; and noise in the last digit is not blown up to a storm. */
const paddedBy =
  (leastPad: number): uPlot.Range.Function =>
  (_, low, high) => {
    const pad = Math.max((high - low) * 0.1, leastPad);
    return [low - pad, high + pad];
  };

/** The design language's colours for a canvas, which knows no custom properties. */
import type { ChartPalette } from './time-chart.ts';

/** Apart from each other in hue and in lightness, on both grounds; the first two are the design's own. */
const light = ['#0b6770', '#2b5bb0', '#8a5200', '#7a3fa0', '#1b7040', '#a63a64', '#556270', '#6b5f00'];
const dark = ['#5cc8cc', '#8fb6f7', '#efb458', '#cf9df0', '#6ccb8c', '#f095b8', '#9ba8b5', '#cfc36a'];

/** The colours under which `host` stands now. */
export function paletteOf(host: HTMLElement): ChartPalette {
  const isDark = window.matchMedia('(prefers-color-scheme: dark)').matches;
  const sample = document.createElement('span');
  host.append(sample);
  const colour = (name: string): string => {
    sample.style.color = `var(--${name})`;
    return hex(getComputedStyle(sample).color);
  };
  const palette = {
    text: colour('muted'),
    line: colour('line'),
    surface: colour('surface'),
    bad: colour('bad'),
    series: isDark ? dark : light,
  };
  sample.remove();
  return palette;
}

export const seriesColours = (isDark: boolean): readonly string[] => (isDark ? dark : light);

/** `rgb(1, 2, 3)` as `#010203`: an alpha can be put behind it. */
function hex(colour: string): string {
  const numbers = colour.match(/\d+(\.\d+)?/g)?.slice(0, 3) ?? [];
  const bytes = colour.startsWith('color(') ? numbers.map((n) => Number(n) * 255) : numbers.map(Number);
  return `#${bytes.map((byte) => Math.round(byte).toString(16).padStart(2, '0')).join('')}`;
}

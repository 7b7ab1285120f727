/**
 * Hands on a chart: fingers pan and pinch, Shift and the mouse pan, Ctrl and the wheel zoom, arrows and plus/minus do the
 * same from the keyboard. Knows pixels and moments, not what is drawn.
 */
import type { ChartRange } from './chart-data.ts';
import { panned, zoomed } from './chart-range.ts';

export interface GestureTarget {
  range(): ChartRange;
  nowMs(): number;
  /** The drawn area in the window's pixels. */
  area(): { readonly left: number; readonly width: number };
  move(range: ChartRange): void;
  /** Back to where the range was chosen. */
  reset(): void;
  /** Moves the cursor; by parts of the width. */
  stepCursor(byShare: number): void;
}

const zoomStep = 0.7;
const panShare = 0.2;
const cursorShare = 0.02;

/** Returns what takes the hands off again. */
export function followGestures(host: HTMLElement, target: GestureTarget): () => void {
  const hands = new AbortController();
  const { signal } = hands;
  const pointers = new Map<number, number>();
  const momentAt = (x: number): number => {
    const { left, width } = target.area();
    const { fromMs, toMs } = target.range();
    return fromMs + ((x - left) / width) * (toMs - fromMs);
  };

  host.addEventListener(
    'pointerdown',
    (event) => {
      if (event.pointerType === 'mouse' && !event.shiftKey && event.button !== 1) return;
      if (pointers.size >= 2) return;
      pointers.set(event.pointerId, event.clientX);
      // uPlot would mark a range. A finger's tap stays its own: it sets the cursor.
      if (event.pointerType !== 'mouse') return;
      event.stopPropagation();
      event.preventDefault();
    },
    { signal, capture: true },
  );
  // The mouse's own event comes beside the pointer's.
  const keepFromMarking = (event: MouseEvent): void => {
    if (event.shiftKey || event.button === 1 || pointers.size > 0) event.stopPropagation();
  };
  host.addEventListener('mousedown', keepFromMarking, { signal, capture: true });
  window.addEventListener(
    'pointermove',
    (event) => {
      const before = pointers.get(event.pointerId);
      if (before === undefined) return;
      target.move(dragged(target, pointers, event, momentAt));
      pointers.set(event.pointerId, event.clientX);
    },
    { signal },
  );
  for (const end of ['pointerup', 'pointercancel'] as const)
    window.addEventListener(end, (event) => pointers.delete(event.pointerId), { signal });
  host.addEventListener(
    'wheel',
    (event) => {
      const isZoom = event.ctrlKey || event.metaKey;
      if (!isZoom && Math.abs(event.deltaX) <= Math.abs(event.deltaY)) return;
      event.preventDefault();
      const { fromMs, toMs } = target.range();
      if (isZoom) target.move(zoomed(target.range(), momentAt(event.clientX), Math.exp(event.deltaY / 400)));
      else {
        const byMs = (event.deltaX / target.area().width) * (toMs - fromMs);
        target.move(panned(target.range(), byMs, target.nowMs()));
      }
    },
    { signal, passive: false },
  );
  host.addEventListener('dblclick', () => target.reset(), { signal });
  host.addEventListener('keydown', (event) => onKey(event, target), { signal });
  return () => hands.abort();
}

function dragged(
  target: GestureTarget,
  pointers: ReadonlyMap<number, number>,
  event: PointerEvent,
  momentAt: (x: number) => number,
): ChartRange {
  const range = target.range();
  const before = pointers.get(event.pointerId) ?? event.clientX;
  const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
  if (other === undefined) {
    const byMs = ((before - event.clientX) / target.area().width) * (range.toMs - range.fromMs);
    return panned(range, byMs, target.nowMs());
  }
  const [was, is] = [Math.abs(before - other), Math.abs(event.clientX - other)];
  return was < 10 || is < 10 ? range : zoomed(range, momentAt(other), was / is);
}

function onKey(event: KeyboardEvent, target: GestureTarget): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const range = target.range();
  const widthMs = range.toMs - range.fromMs;
  const pan = (share: number): void => target.move(panned(range, widthMs * share, target.nowMs()));
  const zoom = (factor: number): void => target.move(zoomed(range, (range.fromMs + range.toMs) / 2, factor));
  const keys: Record<string, () => void> = {
    ArrowLeft: () => (event.shiftKey ? pan(-panShare) : target.stepCursor(-cursorShare)),
    ArrowRight: () => (event.shiftKey ? pan(panShare) : target.stepCursor(cursorShare)),
    PageUp: () => pan(-1),
    PageDown: () => pan(1),
    '+': () => zoom(zoomStep),
    '=': () => zoom(zoomStep),
    '-': () => zoom(1 / zoomStep),
    Home: () => target.reset(),
    Escape: () => target.reset(),
  };
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

export const zoomFactor = zoomStep;
export const panBy = panShare;

/** Timers that go on at their own pace in a hidden tab: a browser slows a page's timers down to one a minute, not a worker's. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<TimerRequest>) => void) | null;
  postMessage(number: number): void;
}

/** `afterMs` null: that timer is not wanted any more. */
export interface TimerRequest {
  readonly number: number;
  readonly afterMs: number | null;
}

const scope = globalThis as unknown as WorkerScope;
const running = new Map<number, ReturnType<typeof setTimeout>>();

scope.onmessage = ({ data: { number, afterMs } }) => {
  clearTimeout(running.get(number));
  running.delete(number);
  if (afterMs === null) return;
  running.set(
    number,
    setTimeout(() => {
      running.delete(number);
      scope.postMessage(number);
    }, afterMs),
  );
};

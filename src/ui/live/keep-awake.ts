/** Keeps the screen on while something is shown on a wall; again when the tab comes back into sight. */

/** Returns what lets the screen sleep again. Where the browser has no such thing, nothing happens. */
export function keepAwake(): () => void {
  let sentinel: WakeLockSentinel | null = null;
  let isOver = false;
  const ask = async (): Promise<void> => {
    if (!('wakeLock' in navigator) || document.visibilityState !== 'visible') return;
    try {
      const got = await navigator.wakeLock.request('screen');
      if (isOver) void got.release();
      else sentinel = got;
    } catch {
      // A battery that is low, or a policy: the screen sleeps as it always does.
    }
  };
  const again = (): void => void ask();
  document.addEventListener('visibilitychange', again);
  void ask();
  return () => {
    isOver = true;
    document.removeEventListener('visibilitychange', again);
    void sentinel?.release();
  };
}

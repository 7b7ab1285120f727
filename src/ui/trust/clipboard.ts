/** The clipboard, emptied again after half a minute. */
const CLEAR_AFTER_MS = 30_000;

let timer: ReturnType<typeof setTimeout> | undefined;

/** Rejects where the browser does not let the page write. */
export async function copyForAWhile(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
  clearTimeout(timer);
  timer = setTimeout(() => void clear(), CLEAR_AFTER_MS);
}

/** A page in the background may not write: it is done when somebody comes back. */
async function clear(): Promise<void> {
  try {
    await navigator.clipboard.writeText('');
  } catch {
    window.addEventListener('focus', () => void clear(), { once: true });
  }
}

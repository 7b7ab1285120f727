/** Numbers as people type them into a form. */

/** NaN for anything but digits. */
export const wholeNumber = (text: string): number =>
  /^\d{1,6}$/.test(text.trim()) ? Number(text) : Number.NaN;

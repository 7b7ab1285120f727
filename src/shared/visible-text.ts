/** Foreign text as people may safely look at it. Changes nothing that is compared. */

/** Controls, marks that turn the writing direction or hide, and line separators; joiners of letters and emoji stay. */
const unseen = /[\p{Cc}\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu;

/** What cannot be seen, or turns around what can, is spelled out: "\u{202e}". */
export const visibleText = (text: string): string =>
  text.replace(unseen, (sign) => `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`);

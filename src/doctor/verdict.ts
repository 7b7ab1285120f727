/** One cause in the person's words: what it is, how it shows, what to do, and what decides whether it is this one. */

/** Where the remedy is done; the screens make a button or a link of it. */
export type RemedyAction = 'trust' | 'broker-files' | 'ask-browser' | 'unlock';

/** Opens a tab on the broker's address, in which the browser gives its own reason. */
export interface LinkCheck {
  readonly address: string;
  /** Of the codes that browsers show at the foot of their error page. */
  readonly says: string;
}

export interface LineCheck {
  readonly where: 'this computer' | "the broker's computer" | 'a new tab';
  readonly command: string;
  readonly expected: string;
}

export interface Verdict {
  readonly title: string;
  /** From what it is concluded, with this case's own values. */
  readonly because: string;
  /** In order. */
  readonly remedy: readonly string[];
  readonly action: RemedyAction | null;
  readonly link: LinkCheck | null;
  readonly line: LineCheck | null;
}

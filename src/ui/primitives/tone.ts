/** What a state means to people: decides its colour and its usual icon. */
export type Tone = 'ok' | 'warn' | 'bad' | 'info' | 'muted';

/** A small seeded generator, so that a board's garbage and noise are the same in every run. Not for secrets. */
export interface Random {
  /** The next 32 bits, unsigned. */
  next(): number;
  /** 0 ≤ value < limit. */
  below(limit: number): number;
}

/** Marsaglia's xorshift32. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0 || 0x9e3779b9;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
  return { next, below: (limit) => next() % limit };
}

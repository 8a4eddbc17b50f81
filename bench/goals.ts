// Goals and whether a figure meets them. Knows nothing of what was measured.

export interface Goal {
  readonly name: string;
  /** ">= 0.9" */
  readonly goal: string;
  readonly figure: number;
  readonly met: boolean;
}

/** Exactly one of them: what a figure must be at least, or at most. */
export type Wanted = { readonly atLeast: number } | { readonly atMost: number };

export function goalOf(name: string, wanted: Wanted, figure: number): Goal {
  if ("atLeast" in wanted) {
    const { atLeast } = wanted;
    return { name, goal: `>= ${atLeast}`, figure, met: figure >= atLeast };
  }
  const { atMost } = wanted;
  return { name, goal: `<= ${atMost}`, figure, met: figure <= atMost };
}

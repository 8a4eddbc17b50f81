// Whether a program is started again after its end, and after how long.

import type { ChildEnd } from "./child-exit.js";

/** `no`: never. `on-failure`: after any end but exit code 0. `always`: after any end. */
export type RestartPolicy = "no" | "on-failure" | "always";

/** The wait after the first quick end; it doubles with each further one. */
const firstWaitMs = 100;

/** Never longer than this: a program whose cause of trouble goes away is back soon. */
const waitMsMax = 10_000;

/** A program that ran this long was well: its next end counts as the first. */
const steadyMs = 10_000;

export function isRestarted(policy: RestartPolicy, { exitCode }: ChildEnd): boolean {
  return policy === "always" || (policy === "on-failure" && exitCode !== 0);
}

/** How long to wait before each start. Without jitter: one program has nobody to collide with. */
export class RestartBackoff {
  #quickEnds = 0;

  /** Milliseconds to wait after an end of the program, which ran for `ranMs`. */
  next(ranMs: number): number {
    if (ranMs >= steadyMs) this.#quickEnds = 0;
    const waitMs = Math.min(firstWaitMs * 2 ** this.#quickEnds, waitMsMax);
    this.#quickEnds += 1;
    return waitMs;
  }
}

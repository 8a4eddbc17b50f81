// Waits for what nothing announces: asks again and again, for a bounded time. Where there is an event, wait for that instead.

import { setTimeout as pause } from "node:timers/promises";

const pauseMs = 10;

export interface EventuallyOptions {
  /** Milliseconds until it gives up; 30,000 unless told, which is less than a test may take. */
  readonly withinMs?: number;
}

/** Resolves with the first answer that is neither `null` nor `false`. Rejects, naming `what`, when the time is over. */
export async function eventually<T>(
  what: string,
  attempt: () => Promise<T | null | false> | T | null | false,
  { withinMs = 30_000 }: EventuallyOptions = {},
): Promise<T> {
  const giveUpAtMs = performance.now() + withinMs;
  for (;;) {
    const answer = await attempt();
    if (answer !== null && answer !== false) return answer;
    if (performance.now() > giveUpAtMs) throw new Error(`${what}: not within ${withinMs} ms`);
    await pause(pauseMs);
  }
}

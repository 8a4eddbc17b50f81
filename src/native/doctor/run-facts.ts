// Tries facts one after another, gives each its time, and undoes after each what it did, also when it fails or is interrupted.

import type { DoctorContext } from "./doctor-context.js";
import { type Fact, type FactAnswer, type FactReport, skipped, unknown } from "./fact.js";

/** The slowest fact takes a few seconds under emulation; one that hangs must not hang the doctor. */
const factMsMax = 60_000;

export interface FactRun {
  readonly reports: readonly FactReport[];
  /** What could not be undone, one line each; empty is what must be. */
  readonly leftovers: readonly string[];
}

/** `interrupted`: the facts that are left are skipped, and the one under way is given up. Never rejects because of a fact. */
export async function runFacts<Context extends DoctorContext>(
  facts: readonly Fact<Context>[],
  context: Context,
  interrupted: AbortSignal,
  onReport: (report: FactReport) => void = () => undefined,
): Promise<FactRun> {
  const reports: FactReport[] = [];
  const leftovers: string[] = [];
  for (const fact of facts) {
    const startedMs = performance.now();
    const answer = interrupted.aborted
      ? skipped("the doctor was interrupted")
      : await answerOf(fact, context, interrupted);
    leftovers.push(...(await context.closeAll()));
    const durationMs = performance.now() - startedMs;
    const { id, title, neededBy, source } = fact;
    const report = { id, title, neededBy, source, ...answer, durationMs };
    reports.push(report);
    onReport(report);
  }
  return { reports, leftovers };
}

async function answerOf<Context>(
  fact: Fact<Context>,
  context: Context,
  interrupted: AbortSignal,
): Promise<FactAnswer> {
  const done = new AbortController();
  const limit = AbortSignal.timeout(factMsMax);
  const givenUp = new Promise<FactAnswer>((resolve) => {
    const once = { once: true, signal: done.signal } as const;
    interrupted.addEventListener("abort", () => resolve(skipped("the doctor was interrupted")), once);
    limit.addEventListener("abort", () => resolve(unknown(`no answer in ${factMsMax} ms`)), once);
  });
  try {
    return await Promise.race([fact.run(context), givenUp]);
  } catch (error) {
    return unknown(`it could not be tried: ${String(error)}`);
  } finally {
    done.abort();
  }
}

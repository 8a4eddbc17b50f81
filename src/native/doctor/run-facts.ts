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

/**
 * When `interrupted`, the fact under way is finished, which takes a few seconds at most, and the others are skipped. After a
 * fact that hangs, the others are skipped as well: it may still wake up and disturb them. Never rejects because of a fact.
 */
export async function runFacts<Context extends DoctorContext>(
  facts: readonly Fact<Context>[],
  context: Context,
  interrupted: AbortSignal,
  onReport: (report: FactReport) => void = () => undefined,
): Promise<FactRun> {
  const reports: FactReport[] = [];
  const leftovers: string[] = [];
  let hung: string | null = null;
  for (const fact of facts) {
    const startedMs = performance.now();
    const stop = interrupted.aborted ? "the doctor was interrupted" : hung;
    const answer = stop === null ? await answerOf(fact, context) : skipped(stop);
    if (answer === null) hung = `the fact ${fact.id} did not end`;
    leftovers.push(...(await context.closeAll()));
    const { id, title, neededBy, source } = fact;
    const { result, seen } = answer ?? unknown(`no answer in ${factMsMax} ms`);
    const durationMs = performance.now() - startedMs;
    const report = { id, title, neededBy, source, result, seen, durationMs };
    reports.push(report);
    onReport(report);
  }
  return { reports, leftovers };
}

/** `null`: it did not end in its time. */
async function answerOf<Context>(
  fact: Fact<Context>,
  context: Context,
): Promise<FactAnswer | null> {
  let timer: NodeJS.Timeout | undefined;
  const givenUp = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), factMsMax);
  });
  try {
    return await Promise.race([fact.run(context), givenUp]);
  } catch (error) {
    return unknown(`it could not be tried: ${messageOf(error)}`);
  } finally {
    clearTimeout(timer);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

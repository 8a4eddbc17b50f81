// portlease doctor: tries each fact of this platform and says whether the asked reservation kind can work here.

import type { ReservationKind } from "../host-ports.js";
import { Cleanup } from "./cleanup.js";
import type { DoctorContext, StartHelper } from "./doctor-context.js";
import type { Fact, FactReport } from "./fact.js";
import { startHelper } from "./helper-process.js";
import type { Probe } from "./probe.js";
import { runFacts } from "./run-facts.js";
import { type Verdict, verdictOf } from "./verdict.js";

export interface DoctorReport {
  readonly platform: string;
  /** The build of the operating system. */
  readonly release: string;
  readonly nodeVersion: string;
  readonly elevated: boolean;
  readonly facts: readonly FactReport[];
  readonly verdict: Verdict;
  /** What could not be undone, one line each. */
  readonly leftovers: readonly string[];
}

/** What differs by platform. */
export interface DoctorPlatform<Context extends DoctorContext> {
  readonly platform: string;
  readonly release: string;
  readonly elevated: boolean;
  readonly kinds: readonly ReservationKind[];
  /** What "auto" stands for here. */
  readonly autoKind: ReservationKind;
  readonly facts: readonly Fact<Context>[];
  readonly openProbe: () => Probe;
  readonly newContext: (here: Probe, cleanup: Cleanup, start: StartHelper) => Context;
}

export interface DoctorOptions {
  readonly kind: ReservationKind | "auto";
  /** Gives up, cleans up and reports what was tried until then. */
  readonly interrupted: AbortSignal;
  /** Called as soon as each fact was tried. */
  readonly onReport?: (report: FactReport) => void;
}

export interface Doctor {
  /** Takes seconds. Leaves nothing behind, or says what in `leftovers`. */
  run(options: DoctorOptions): Promise<DoctorReport>;
}

export function doctorOf<Context extends DoctorContext>(platform: DoctorPlatform<Context>): Doctor {
  return { run: (options) => runDoctor(platform, options) };
}

async function runDoctor<Context extends DoctorContext>(
  { facts, kinds, autoKind, openProbe, newContext, ...about }: DoctorPlatform<Context>,
  { kind, interrupted, onReport }: DoctorOptions,
): Promise<DoctorReport> {
  const cleanup = new Cleanup();
  // The last resort: a mistake somewhere else ends the process, and reservations would outlive it.
  const lastResort = (): void => cleanup.runNow();
  process.once("exit", lastResort);
  const context = newContext(openProbe(), cleanup, startHelper);
  try {
    const { reports, leftovers } = await runFacts(facts, context, interrupted, onReport);
    const asked = kind === "auto" ? autoKind : kind;
    const verdict = verdictOf(asked, kinds, reports, interrupted.aborted);
    const { platform, release, elevated } = about;
    const nodeVersion = process.version;
    return { platform, release, nodeVersion, elevated, facts: reports, verdict, leftovers };
  } finally {
    await context.end();
    process.off("exit", lastResort);
    // What a fact made that woke up after it was given up.
    cleanup.runNow();
  }
}

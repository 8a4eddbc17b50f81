// A fact about the operating system that portlease stands on, and what trying it on this host says. Types and shorthands only.

import type { ReservationKind } from "../host-ports.js";

/** "skipped": it was not tried, because what it needs is not there; that this is missing is a fact of its own. */
export type FactResult = "yes" | "no" | "unknown" | "skipped";

export interface FactAnswer {
  readonly result: FactResult;
  /** What was seen, with error numbers; for "skipped" why. */
  readonly seen: string;
}

export interface Fact<Context> {
  /** Stable, for programs: topic and name, such as "persistent.create". */
  readonly id: string;
  /** What holds when the result is "yes", as a sentence without its full stop. */
  readonly title: string;
  /** The reservation kinds that cannot work without it. Empty: it is good to know, and the code copes with either. */
  readonly neededBy: readonly ReservationKind[];
  /** Where it is documented or was reported: a URL, or how it was inferred. */
  readonly source: string;
  /** A rejection counts as "unknown". Whatever it opens through the context is closed for it. */
  readonly run: (context: Context) => Promise<FactAnswer>;
}

/** A fact as it was tried. */
export interface FactReport
  extends FactAnswer, Pick<Fact<never>, "id" | "title" | "neededBy" | "source"> {
  readonly durationMs: number;
}

export function yes(seen: string): FactAnswer {
  return { result: "yes", seen };
}

export function no(seen: string): FactAnswer {
  return { result: "no", seen };
}

export function yesIf(holds: boolean, seen: string): FactAnswer {
  return { result: holds ? "yes" : "no", seen };
}

export function unknown(seen: string): FactAnswer {
  return { result: "unknown", seen };
}

/** `why` follows "because". */
export function skipped(why: string): FactAnswer {
  return { result: "skipped", seen: why };
}

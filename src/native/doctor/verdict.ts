// Whether what was tried is enough for a reservation kind. Pure.

import type { ReservationKind } from "../host-ports.js";
import type { FactReport } from "./fact.js";

export interface Verdict {
  readonly kind: ReservationKind;
  readonly holds: boolean;
  /** A sentence for people. */
  readonly sentence: string;
  /** The ids of the facts that the kind needs and that do not hold. */
  readonly missing: readonly string[];
}

/**
 * A kind needs each of its facts to hold. One that was skipped counts as holding: what it lacked is a fact of its own. A kind
 * of which no fact held at all was not tried, and does not hold. `kinds`: those of this platform.
 */
export function verdictOf(
  kind: ReservationKind,
  kinds: readonly ReservationKind[],
  reports: readonly FactReport[],
  interrupted: boolean,
): Verdict {
  const name = kind.toUpperCase();
  if (!kinds.includes(kind)) {
    const sentence = `Blocks of kind ${name} do not exist on this platform; it has: ${kinds.join(", ")}.`;
    return { kind, holds: false, sentence, missing: [] };
  }
  const needed = reports.filter(({ neededBy }) => neededBy.includes(kind));
  const missing = needed.filter(({ result }) => result === "no" || result === "unknown");
  if (interrupted) {
    const sentence = `The doctor was interrupted, so whether ${name} works here is unknown.`;
    return { kind, holds: false, sentence, missing: missing.map(({ id }) => id) };
  }
  const held = needed.filter(({ result }) => result === "yes").length;
  const holds = missing.length === 0 && held > 0;
  return {
    kind,
    holds,
    sentence: holds
      ? `${name} works here: ${held} of the ${needed.length} facts that it needs hold, and none fails.`
      : `${name} does NOT work here as portlease expects: ${missing.map(({ id, result }) => `${id} (${result})`).join(", ") || "nothing that it needs could be tried"}.`,
    missing: missing.map(({ id }) => id),
  };
}

// What the audit remembers of one lease between two rounds: what was judged of which sockets, and how often in a row it came
// to the same end. A state counts only after several sightings, because sockets and processes come and go while one looks.

import type { PortJudgement, PortSighting } from "./audit-boundaries.js";
import type { ActiveLease } from "./lease-table.js";
import type { Binding } from "./records.js";

/** That somebody is bound is no alarm, and ends the wait for it: one look is enough. */
const sightingsNeeded: Readonly<Record<Exclude<Binding, "unknown">, number>> = {
  bound: 1,
  unbound: 2,
  stranger: 2,
  orphaned: 3,
};

/** A port of a lease on which somebody is. */
export interface JudgedPort {
  readonly port: number;
  readonly judgement: PortJudgement;
}

/** One list for all leases with nobody on their ports. */
export const nobody: readonly JudgedPort[] = [];

export class LeaseSight {
  /** Of the sockets that were judged; `null`: never judged, or to be judged anew. */
  fingerprint: string | null = null;
  judged: readonly JudgedPort[] = nobody;
  /** Told once for as long as it lasts. */
  contestTold = false;
  #candidate: Binding = "unknown";
  #sightings = 0;

  /** One more sighting. True when the state is to be acted upon, which is `recorded` at present. */
  settles(seen: Binding, recorded: Binding): boolean {
    if (seen === "unknown") return false;
    this.#sightings = seen === this.#candidate ? this.#sightings + 1 : 1;
    this.#candidate = seen;
    // Back from an alarm takes as much as into it.
    const alarmed = recorded === "stranger" || recorded === "orphaned";
    const needed = alarmed ? Math.max(2, sightingsNeeded[seen]) : sightingsNeeded[seen];
    return this.#sightings >= needed;
  }
}

const severity: readonly Binding[] = ["unknown", "unbound", "bound", "orphaned", "stranger"];

/** The worst of a lease's ports decides; `null` when nobody is on any. */
export function worstOf(judged: readonly JudgedPort[]): JudgedPort | null {
  const rank = ({ judgement }: JudgedPort): number => severity.indexOf(judgement.binding);
  return judged.reduce<JudgedPort | null>(
    (worst, one) => (worst === null || rank(one) > rank(worst) ? one : worst),
    null,
  );
}

/** What is said of a port without asking who is there. */
export const plainlyBound: PortJudgement = {
  binding: "bound",
  contested: false,
  processId: 0,
  processName: "",
  detail: "somebody is bound to it, and nothing speaks against its being the holder",
};

/** Whether one look tells that all is well: the holder alone is there, or nobody knows who the holder is and one is there. */
export function isPlain({ record }: ActiveLease, { processIds, listeners }: PortSighting): boolean {
  const { process } = record.holder;
  if (process?.proven !== true) return processIds === null && listeners <= 1;
  return processIds !== null && processIds.every((id) => id === process.processId);
}

export function isWell({ judged }: LeaseSight): boolean {
  return judged.every(({ judgement }) => judgement.binding === "bound" && !judgement.contested);
}

// Which ports each service instance had, so that it gets the same ones again where they are free. Only a wish: nobody is
// kept from them meanwhile. service + instance is a claim, not a proof (semantics.md 8): who claims the name of another is
// offered that one's former ports, and may have them without their rest, but never while anybody is bound there.

import { ForgetfulMap } from "./forgetful-map.js";
import type { Claimant } from "./pins.js";
import { portCountOf, type PortRange } from "./port-range.js";
import type { LeaseEndReason, LeaseRecord } from "./records.js";

/** Of each pool. Older ones are forgotten: their ports went to others long ago on a host that makes so many. */
const endsMax = 10_000;
/** How many ends one instance has at most; each of its acquires tries all of them. */
const endsOfInstanceMax = 16;

/** The operator, the operating system or the caller itself ended the others: giving their ports back would undo that. */
const remembered: ReadonlySet<LeaseEndReason> = new Set(["released", "expired", "holder_exited"]);

type FormerLease = Pick<LeaseRecord, "holder" | "ports" | "generation">;

export class Affinity {
  /** The instance whose lease ended last comes last. */
  readonly #byInstance = new ForgetfulMap<string, FormerLease[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** No-op for a holder without an instance: what several may be called names nobody. */
  remember({ holder, ports, generation }: FormerLease, reason: LeaseEndReason): void {
    const key = instanceKey(holder);
    if (key === null || !remembered.has(reason)) return;
    const former = this.#byInstance.get(key) ?? [];
    const others = former.filter((lease) => !overlap(lease.ports, ports));
    const kept = [...others, { holder, ports, generation }].slice(-endsOfInstanceMax);
    this.#byInstance.delete(key);
    this.#byInstance.set(key, kept);
    this.#size += kept.length - former.length;
    this.#forgetOldest();
  }

  /**
   * The runs of that length that the claimant had, in the order in which it got them: a program that starts anew asks in its
   * old order.
   */
  runsOf(claimant: Claimant, portCount: number): readonly PortRange[] {
    const key = instanceKey(claimant);
    const former = key === null ? [] : (this.#byInstance.get(key) ?? []);
    return former
      .filter(({ ports }) => portCountOf(ports) === portCount)
      .toSorted((a, b) => a.generation - b.generation)
      .map(({ ports }) => ports);
  }

  #forgetOldest(): void {
    if (this.#size <= endsMax) return;
    for (const [key, former] of this.#byInstance.entries()) {
      if (this.#size <= endsMax) return;
      former.shift();
      this.#size -= 1;
      if (former.length === 0) this.#byInstance.delete(key);
    }
  }
}

/** `null`: without an instance. Both parts may have any character, so the first says how long it is. */
export function instanceKey({ service, instance }: Claimant): string | null {
  return instance === "" ? null : `${service.length} ${service}${instance}`;
}

/**
 * The instance that may have the ports of an ended lease again before they have rested; `null`: none. A release is proven by
 * the lease's key. A holder that ended without one may have them back when the broker itself had proven its process, whose
 * sockets are then gone as soon as the operating system shows the port unbound. Who else let a lease expire may only be
 * paused, and is what the rest is for.
 */
export function returningInstance(
  { holder }: Pick<LeaseRecord, "holder">,
  reason: LeaseEndReason,
): string | null {
  const proven =
    reason === "released" ||
    reason === "holder_exited" ||
    (reason === "expired" && holder.process?.proven === true);
  return proven ? instanceKey(holder) : null;
}

function overlap(a: PortRange, b: PortRange): boolean {
  return a.firstPort <= b.lastPort && b.firstPort <= a.lastPort;
}

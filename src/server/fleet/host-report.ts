// Says when the host's own record is to be written: soon when its state or its problems change, seldom when only numbers do, and now
// and then in any case, so that the fleet knows how old what it knows is.

import { writeHost } from "../../fleet/records/host-json.js";
import type { HostRecord } from "../../fleet/records/host-record.js";
import type { Clock } from "../domain/boundaries.js";

/** How often it is looked whether anything has changed: a look is linear in the leases. */
const lookEveryMs = 1_000;
/** A thousand busy hosts make 100 writes a second. */
const numbersEveryMs = 10_000;
/** "Up to a minute old while it is heard from" is what the API says of the time. */
const anywayEveryMs = 30_000;

/** All but when it is said. */
export type HostFacts = Omit<HostRecord, "saidWallMs">;

export class HostReport {
  readonly #describe: () => HostFacts;
  readonly #clock: Clock;
  #lookMs = -Infinity;
  #saidMs = -Infinity;
  #saidState = "";
  #saidNumbers = "";
  #found: HostFacts | null = null;

  constructor(describe: () => HostFacts, clock: Clock) {
    this.#describe = describe;
    this.#clock = clock;
  }

  /** What is to be written next is to be written at once: etcd may have forgotten what it had. */
  forget(): void {
    this.#lookMs = -Infinity;
    this.#saidMs = -Infinity;
    this.#saidState = "";
  }

  /** When `takeDue` may have something, monotonic. */
  get dueMs(): number {
    return this.#lookMs + lookEveryMs;
  }

  /** The record as it is to be written now; `null`: nothing of it is news. Whoever writes it says so by `said`. */
  takeDue(): string | null {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.dueMs) return null;
    this.#lookMs = nowMs;
    const facts = this.#describe();
    this.#found = facts;
    const ageMs = nowMs - this.#saidMs;
    const due =
      ageMs >= anywayEveryMs ||
      stateOf(facts) !== this.#saidState ||
      (ageMs >= numbersEveryMs && numbersOf(facts) !== this.#saidNumbers);
    return due ? this.#write(facts) : null;
  }

  /** etcd has what `takeDue` gave last. */
  said(): void {
    if (this.#found === null) return;
    this.#saidMs = this.#clock.monotonicMs();
    this.#saidState = stateOf(this.#found);
    this.#saidNumbers = numbersOf(this.#found);
  }

  /** The last word of a broker that stops. */
  farewell(): string {
    return this.#write({ ...this.#describe(), serving: "stopped" });
  }

  #write(facts: HostFacts): string {
    return writeHost({ ...facts, saidWallMs: this.#clock.wallMs() });
  }
}

/** What is told soon. Of problems what they are about: their sentences have numbers, which change all the time. */
function stateOf(facts: HostFacts): string {
  const pools = facts.pools.map(({ name, kind }) => [name, kind]);
  const problems = facts.problems.map((problem) => ({ ...problem, message: "" }));
  return JSON.stringify({ ...facts, pools, problems, grants: null });
}

function numbersOf({ pools, problems, grants }: HostFacts): string {
  return JSON.stringify([pools, problems, grants]);
}

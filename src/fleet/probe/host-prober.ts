// Knocks at the hosts that are not heard from, now and then, so that a broker that is down is told from a host that is down. A guess
// from a TCP connection and named as such: what it found is told, and nothing is decided on it.

import type { HostRecord } from "../records/host-record.js";
import { type Pacing, systemPacing } from "../sources/pacing.js";
import type { ProbeOutcome } from "../view/fleet-entities.js";
import { knock, type LookUp, oneAtATime, systemLookUp } from "./knock.js";
import { knockTarget } from "./knock-target.js";

/** How old a finding may get. */
export const knockAgainAfterMs = 30_000;
/** A thousand hosts that went down together are through within a minute, and there is no burst that a firewall takes ill. */
export const knocksAtOnceMax = 64;
/** How often it is looked for hosts to knock at; with the above, at most 128 knocks a second. */
const lookEveryMs = 500;

export type ProbedHost = Pick<HostRecord, "address" | "brokerAddresses">;

export interface HostProberOptions {
  /** Those that are not heard from, and have not said that they stop, now: by their ids. */
  readonly silentHosts: () => Iterable<readonly [hostId: string, host: ProbedHost]>;
  /** `wallMs`: when it was found. Not called for a host that is heard from again meanwhile. */
  readonly found: (hostId: string, outcome: ProbeOutcome, wallMs: number) => void;
  readonly pacing?: Pacing;
  readonly lookUp?: LookUp;
}

interface Knocking {
  /** By the monotonic clock; `null`: it is under way. */
  endedMs: number | null;
  readonly abort: AbortController;
}

export class HostProber {
  readonly #options: HostProberOptions;
  readonly #pacing: Pacing;
  readonly #lookUp: LookUp;
  readonly #hosts = new Map<string, Knocking>();
  readonly #closing = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #knocking = 0;

  constructor(options: HostProberOptions) {
    this.#options = options;
    this.#pacing = options.pacing ?? systemPacing;
    this.#lookUp = options.lookUp ?? oneAtATime(systemLookUp);
  }

  /** Called once. */
  start(): void {
    this.#running = this.#run(this.#closing.signal);
  }

  /** Breaks off every knock; nothing is told any more. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const { abort } of this.#hosts.values()) abort.abort();
    this.#hosts.clear();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.look();
      await this.#pacing.pause(lookEveryMs, signal);
    }
  }

  /** Begins to knock where it is time to, and stops where a host is heard from again. */
  look(): void {
    const silent = new Map(this.#options.silentHosts());
    for (const [hostId, { abort }] of this.#hosts) {
      if (silent.has(hostId)) continue;
      abort.abort();
      this.#hosts.delete(hostId);
    }
    const nowMs = this.#pacing.clock.monotonicMs();
    // Those that waited the longest first: they are at the front, since each goes to the end when it has had its turn.
    const due = [...silent.keys()].filter((hostId) => !this.#hosts.has(hostId));
    for (const [hostId, { endedMs }] of this.#hosts) {
      if (endedMs !== null && nowMs - endedMs >= knockAgainAfterMs) due.push(hostId);
    }
    for (const hostId of due) {
      if (this.#knocking >= knocksAtOnceMax) return;
      const host = silent.get(hostId);
      if (host !== undefined) void this.#knockAt(hostId, host);
    }
  }

  async #knockAt(hostId: string, host: ProbedHost): Promise<void> {
    const knocking: Knocking = { endedMs: null, abort: new AbortController() };
    this.#hosts.delete(hostId);
    this.#hosts.set(hostId, knocking);
    const { signal } = knocking.abort;
    const target = knockTarget(host);
    this.#knocking += 1;
    const outcome =
      target === null ? "unknown" : await knock(target, { lookUp: this.#lookUp, signal });
    this.#knocking -= 1;
    knocking.endedMs = this.#pacing.clock.monotonicMs();
    if (!signal.aborted) this.#options.found(hostId, outcome, this.#pacing.clock.wallMs());
  }
}

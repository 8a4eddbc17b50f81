// What somebody sees who watches a fleet: the messages of one WatchFleet, added up, with what each new one is waited for.

import assert from "node:assert/strict";
import type {
  FleetLease,
  FleetProblem,
  GetFleetResponse,
  Host,
  WatchFleetResponse,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import { FleetCaller } from "./fleet-caller.js";
import { fromMs } from "./lease-caller.js";
import type { MessageStream } from "./message-stream.js";

/** The shortest that there is: what is measured is the way from the broker to here. */
const intervalMs = 100;
const patienceMs = 40_000;

export class FleetPicture {
  readonly caller: FleetCaller;
  readonly hosts = new Map<string, Host>();
  /** By "HOST/LEASE". */
  readonly leases = new Map<string, FleetLease>();
  fleet: GetFleetResponse | undefined;
  problems: readonly FleetProblem[] = [];
  complete = false;
  /** The fewest hosts and leases that were seen after any message since `forgetFewest`. */
  fewest = { hosts: Infinity, leases: Infinity };
  readonly #watch: MessageStream<WatchFleetResponse>;

  private constructor(caller: FleetCaller) {
    this.caller = caller;
    this.#watch = caller.watch({ leases: true, interval: fromMs(intervalMs) });
  }

  /** Resolves when the first view is complete. */
  static async open(address: string): Promise<FleetPicture> {
    const picture = new FleetPicture(new FleetCaller(address));
    await picture.until("the first view", () => picture.complete);
    picture.forgetFewest();
    return picture;
  }

  /**
   * Reads on until something is so, and resolves with how long that took, in ms. Rejects, saying what it sees, when it is not so
   * within 40 s. A message comes with every interval, so that it is never long without one.
   */
  async until(what: string, holds: () => boolean): Promise<number> {
    const askedMs = performance.now();
    while (!holds()) {
      const waitedMs = performance.now() - askedMs;
      if (waitedMs > patienceMs) throw new Error(`${what}: not so; seen: ${this.summary()}`);
      this.#take(await this.#watch.next());
    }
    return performance.now() - askedMs;
  }

  /** Takes what has come by now, and one message more. */
  async catchUp(): Promise<void> {
    do this.#take(await this.#watch.next());
    while (this.#watch.unreadCount > 0);
  }

  forgetFewest(): void {
    this.fewest = { hosts: this.hosts.size, leases: this.leases.size };
  }

  /** Sorted. */
  leaseIdsOf(hostId: string): readonly string[] {
    return [...this.leases.values()]
      .flatMap((lease) => (lease.hostId === hostId ? [lease.leaseId] : []))
      .toSorted();
  }

  reasons(): readonly string[] {
    return this.problems.map(({ problem }) => problem?.reason ?? "");
  }

  summary(): string {
    const hosts = [...this.hosts.values()].map(
      ({ hostId, state, probe }) =>
        `${hostId} state ${state} probe ${probe} leases ${this.leaseIdsOf(hostId).length}`,
    );
    return `${hosts.join("; ")}; ${this.reasons().join()}; ${this.fleet?.source?.detail ?? ""}`;
  }

  close(): void {
    this.#watch.cancel();
    this.caller.close();
  }

  #take(message: WatchFleetResponse): void {
    for (const id of message.removedHostIds) assert.ok(this.hosts.delete(id), `${id} was told`);
    for (const host of message.hosts) this.hosts.set(host.hostId, host);
    for (const { hostId, leaseId } of message.removedLeases) {
      assert.ok(this.leases.delete(`${hostId}/${leaseId}`), `${leaseId} was told`);
    }
    for (const lease of message.leases) this.leases.set(`${lease.hostId}/${lease.leaseId}`, lease);
    this.fleet = message.fleet ?? this.fleet;
    this.problems = message.problems?.problems ?? this.problems;
    this.complete = message.complete;
    this.fewest.hosts = Math.min(this.fewest.hosts, this.hosts.size);
    this.fewest.leases = Math.min(this.fewest.leases, this.leases.size);
  }
}

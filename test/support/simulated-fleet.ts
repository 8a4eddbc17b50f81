// A fleet that does not exist: hosts with leases as brokers would tell them, and what changes of them, the same for the same seed.
// Fills a sink, or goes elsewhere change by change; knows neither etcd nor the view.

import type { FleetSnapshot } from "#fleet/view/fleet-sink.js";
import { SeededRandom } from "./seeded-random.js";
import type { SimulatedChange } from "./simulated-change.js";
import { SimulatedHost } from "./simulated-host.js";

export interface SimulatedFleetOptions {
  readonly hostCount: number;
  /** Each host has between half and one and a half times as many. */
  readonly leasesPerHost: number;
  /** Default 1. */
  readonly seed?: number;
  /** Now. Default: 2026-01-01T12:00:00Z, the same each time. */
  readonly nowWallMs?: number;
  /** Of all hosts, so many are not heard from and have not stopped: 0 to 1, default 0. */
  readonly silentShare?: number;
  /** Of all hosts, so many were stopped in order: 0 to 1, default 0. */
  readonly stoppedShare?: number;
}

/** Of the changes, so many tell a host anew: each host says its numbers every ten seconds, and leases come and go faster. */
const hostChangeShare = 0.01;

export class SimulatedFleet {
  readonly hosts: readonly SimulatedHost[];
  readonly #random: SeededRandom;
  readonly #startedWallMs: number;
  #changes = 0;

  constructor(options: SimulatedFleetOptions) {
    const { hostCount, leasesPerHost, seed = 1, silentShare = 0, stoppedShare = 0 } = options;
    const nowWallMs = options.nowWallMs ?? Date.UTC(2026, 0, 1, 12);
    this.#random = new SeededRandom(seed);
    this.#startedWallMs = nowWallMs;
    // Spread over the fleet, so that the first page of hosts has some of them too.
    const everyNth = (share: number, index: number, offset: number): boolean =>
      share > 0 && (index + offset) % Math.max(1, Math.round(1 / share)) === 0;
    this.hosts = Array.from({ length: hostCount }, (_, index) => {
      const leaseCount = Math.round(leasesPerHost * (0.5 + this.#random.next()));
      const state = everyNth(stoppedShare, index, 7)
        ? "stopped"
        : everyNth(silentShare, index, 3)
          ? "silent"
          : "heard";
      return new SimulatedHost(index, { leaseCount, nowWallMs, state }, this.#random);
    });
  }

  get leaseCount(): number {
    return this.hosts.reduce((sum, { leases }) => sum + leases.size, 0);
  }

  /** Tells everything, but not that this is the end. */
  tellAll(sink: Pick<FleetSnapshot, "putHost" | "putPresence" | "putLease">): void {
    for (const host of this.hosts) host.tell(sink);
  }

  /** The next thing that changes on some host that is heard from; time goes on by `passedMs` before. */
  nextChange(passedMs = 0): SimulatedChange {
    this.#changes += 1;
    const host = this.#livingHost();
    host.nowWallMs = Math.max(host.nowWallMs, this.#startedWallMs + passedMs);
    if (this.#random.next() < hostChangeShare) {
      return { type: "host", hostId: host.hostId, record: host.record() };
    }
    return host.nextLeaseChange(this.#random);
  }

  /** Every lease of every host that is heard from says another binding, in the order of the hosts. */
  *rebindAll(): Iterable<SimulatedChange> {
    for (const host of this.hosts) if (host.state === "heard") yield* host.rebindAll();
  }

  /** How many changes `nextChange` has made. */
  get changes(): number {
    return this.#changes;
  }

  #livingHost(): SimulatedHost {
    for (;;) {
      const host = this.hosts[this.#random.integer(this.hosts.length)];
      if (host?.state === "heard") return host;
      if (!this.hosts.some(({ state }) => state === "heard")) {
        throw new Error("no host of the simulated fleet is heard from: lower silentShare");
      }
    }
  }
}

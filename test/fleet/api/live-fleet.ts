// A view, its live watches and their readers, without a server: readers read when they are told to, and keep what messages add up to.

import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  type FleetLease as WireLease,
  type FleetProblems,
  FleetSource_Kind,
  type GetFleetResponse,
  type Host as WireHost,
  WatchFleetRequest,
  WatchFleetResponse,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import type { FleetCall } from "#fleet/api/fleet-watch.js";
import { type FleetFilters, FleetWatches } from "#fleet/api/fleet-watches.js";
import type { MessageLimits } from "#fleet/api/message-parts.js";
import { toWireFleetLease, toWireHost } from "#fleet/api/wire-fleet.js";
import { FleetView } from "#fleet/view/fleet-view.js";
import type { FakeClock } from "../../support/fake-clock.js";
import { fromMs } from "../../support/lease-caller.js";
import { silentLog } from "../../support/silent-log.js";

/** Filters as simple as can be: how the host's id begins, and the service's name or "stale". */
export const simpleFilters: FleetFilters = {
  hosts: (start) => (host) => host.hostId.startsWith(start),
  leases: (word) => (lease) =>
    word === "stale"
      ? lease.host.state !== "heard-from"
      : word === "" || lease.record.service === word,
};

export const facts = {
  version: "1.2.3",
  sourceKind: FleetSource_Kind.KIND_ETCD,
  sourceAddresses: ["etcd://10.0.0.1:2379"],
};

export interface Asked {
  readonly hostFilter?: string;
  readonly leases?: boolean;
  readonly leaseFilter?: string;
  readonly everyMs?: number;
}

export class FleetModelReader extends EventEmitter {
  readonly request: WatchFleetRequest;
  cancelled = false;
  readonly destroyed = false;
  readonly writableEnded = false;
  readonly written: Buffer[] = [];
  readonly messages: WatchFleetResponse[] = [];
  readonly errors: { readonly details: string }[] = [];
  /** What the messages add up to. */
  readonly hosts = new Map<string, WireHost>();
  readonly leases = new Map<string, WireLease>();
  fleet: GetFleetResponse | undefined;
  problems: FleetProblems | undefined;
  reads = true;
  #taken: (() => void) | null = null;

  constructor({ hostFilter = "", leases = true, leaseFilter = "", everyMs = 1_000 }: Asked = {}) {
    super();
    const interval = fromMs(everyMs);
    this.request = WatchFleetRequest.fromPartial({ hostFilter, leases, leaseFilter, interval });
    this.on("error", (error: { readonly details: string }) => this.errors.push(error));
  }

  get complete(): boolean {
    return this.messages.at(-1)?.complete === true;
  }

  write(bytes: Buffer, taken: () => void): boolean {
    assert.ok(this.#taken === null, "one message waits at a time");
    this.written.push(bytes);
    const message = WatchFleetResponse.decode(bytes);
    this.messages.push(message);
    this.#apply(message);
    this.#taken = taken;
    this.emit("message");
    // As a connection does: not within the call.
    if (this.reads) setImmediate(() => this.read());
    return true;
  }

  /** It has read what waits for it. */
  read(): void {
    const taken = this.#taken;
    this.#taken = null;
    taken?.();
  }

  pause(): void {
    this.reads = false;
  }

  resume(): void {
    this.reads = true;
    this.read();
  }

  cancel(): void {
    this.cancelled = true;
    this.emit("cancelled", "cancelled");
  }

  #apply(message: WatchFleetResponse): void {
    for (const id of message.removedHostIds) {
      assert.ok(this.hosts.delete(id), `${id} was told before it was told to be gone`);
    }
    for (const host of message.hosts) this.hosts.set(host.hostId, host);
    for (const { hostId, leaseId } of message.removedLeases) {
      const key = `${hostId}/${leaseId}`;
      assert.ok(this.leases.delete(key), `${key} was told before it was told to be gone`);
    }
    for (const lease of message.leases) this.leases.set(`${lease.hostId}/${lease.leaseId}`, lease);
    this.fleet = message.fleet ?? this.fleet;
    this.problems = message.problems ?? this.problems;
  }
}

export class LiveFleet {
  readonly clock: FakeClock;
  readonly view: FleetView;
  readonly watches: FleetWatches;
  /** What nobody should see happen. */
  readonly failures: unknown[] = [];

  constructor(clock: FakeClock, limits: Partial<MessageLimits> = {}) {
    this.clock = clock;
    this.view = new FleetView(clock);
    const { view } = this;
    this.watches = new FleetWatches({
      view,
      facts,
      filters: simpleFilters,
      clock,
      log: { ...silentLog, error: (_text, fields) => this.failures.push(fields?.error) },
      limits,
    });
  }

  watch(asked: Asked = {}): FleetModelReader {
    const reader = new FleetModelReader(asked);
    this.watches.serve(reader as unknown as FleetCall);
    return reader;
  }

  /** What is due by now is served, and read by those who read. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 12; turn += 1) await nextTurn();
  }

  async pass(milliseconds: number): Promise<void> {
    this.clock.advance(milliseconds);
    this.watches.advance();
    await this.settle();
  }

  /** What a reader that asked so should have by now. */
  expected({ hostFilter = "", leases = true, leaseFilter = "" }: Asked): {
    readonly hosts: ReadonlyMap<string, WireHost>;
    readonly leases: ReadonlyMap<string, WireLease>;
  } {
    const hostFits = simpleFilters.hosts(hostFilter);
    const leaseFits = simpleFilters.leases(leaseFilter);
    const hosts = [...this.view.hosts()].filter(hostFits);
    const fitting = leases ? [...this.view.leases()].filter(leaseFits) : [];
    return {
      hosts: new Map(hosts.map((host) => [host.hostId, decoded(toWireHost(host))])),
      leases: new Map(
        fitting.map((lease) => [
          `${lease.host.hostId}/${lease.leaseId}`,
          toWireFleetLease(lease, this.view),
        ]),
      ),
    };
  }
}

/** As it is after it went over the wire. */
function decoded(host: WireHost): WireHost {
  const message = WatchFleetResponse.fromPartial({ hosts: [host] });
  const [back] = WatchFleetResponse.decode(WatchFleetResponse.encode(message).finish()).hosts;
  assert.ok(back !== undefined);
  return back;
}

/** Ages grow by themselves, and are as old as the message. */
export function withoutAges(
  leases: ReadonlyMap<string, WireLease>,
): ReadonlyMap<string, WireLease> {
  const sorted = [...leases].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return new Map(sorted.map(([key, lease]) => [key, { ...lease, staleAge: undefined }]));
}

/** The reader knows what it should. */
export function knowsEverything(fleet: LiveFleet, reader: FleetModelReader, asked: Asked): void {
  const expected = fleet.expected(asked);
  const byId = [...reader.hosts].toSorted(([one], [other]) => (one < other ? -1 : 1));
  assert.deepEqual(byId, [...expected.hosts]);
  assert.deepEqual(withoutAges(reader.leases), withoutAges(expected.leases));
  const { hosts, leases, staleLeases } = fleet.view.totals();
  assert.equal(reader.fleet?.hostsHeardFrom, hosts["heard-from"]);
  assert.equal(reader.fleet?.leases, leases);
  assert.equal(reader.fleet?.staleLeases, staleLeases);
  assert.equal(reader.problems?.totalSize, fleet.view.problems().length);
}

// The view as simply as it can be said: everything is looked up and summed anew each time. Slow, and easy to believe.

import type { HostRecord, ProblemRecord } from "#fleet/records/host-record.js";
import type { LeaseRecord } from "#fleet/records/lease-record.js";
import type { HostProbe, HostState } from "#fleet/view/fleet-entities.js";
import type { ProbeSink } from "#fleet/view/fleet-reader.js";
import type { FleetSink, FleetSnapshot, UnreadableEntry } from "#fleet/view/fleet-sink.js";
import { skewMsMax, skewOverMs } from "#fleet/view/host-problems.js";
import type { FakeClock } from "../../support/fake-clock.js";

interface ModelHost {
  readonly record: HostRecord | null;
  readonly state: HostState;
  readonly probe: HostProbe | null;
  /** Lease ids, in order. */
  readonly leases: readonly string[];
}

/** Severity, reason and host: words may be worded anew. */
export type ModelProblem = readonly [ProblemRecord["severity"], string, string];

const sum = (numbers: readonly number[]): number => numbers.reduce((one, other) => one + other, 0);

export class FleetModel implements FleetSink, ProbeSink {
  readonly #clock: FakeClock;
  readonly #records = new Map<string, HostRecord>();
  /** Hosts whose clocks are told to be ahead. */
  readonly #ahead = new Set<string>();
  readonly #presences = new Set<string>();
  readonly #probes = new Map<string, HostProbe>();
  /** By host and lease. */
  readonly #leases = new Map<string, LeaseRecord>();
  readonly #unreadable = new Set<string>();
  #connected = false;
  /** What was told since each snapshot began. */
  readonly #told = new Set<Set<string>>();

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  putHost(hostId: string, record: HostRecord): void {
    this.#tell(`record ${hostId}`);
    if (JSON.stringify(this.#records.get(hostId)) === JSON.stringify(record)) return;
    this.#records.set(hostId, record);
    const aheadMs = record.saidWallMs - this.#clock.wallMs();
    if (aheadMs > skewMsMax) this.#ahead.add(hostId);
    if (aheadMs <= skewOverMs) this.#ahead.delete(hostId);
    this.#checkProbe(hostId);
  }

  removeHost(hostId: string): void {
    this.#records.delete(hostId);
    this.#ahead.delete(hostId);
    this.#presences.delete(hostId);
    for (const key of this.#leases.keys())
      if (key.startsWith(`${hostId}/`)) this.#leases.delete(key);
    this.#checkProbe(hostId);
  }

  putPresence(hostId: string): void {
    this.#tell(`presence ${hostId}`);
    this.#presences.add(hostId);
    this.#checkProbe(hostId);
  }

  removePresence(hostId: string): void {
    this.#presences.delete(hostId);
    this.#checkProbe(hostId);
  }

  putLease(hostId: string, leaseId: string, record: LeaseRecord): void {
    this.#tell(`lease ${hostId}/${leaseId}`);
    this.#leases.set(`${hostId}/${leaseId}`, record);
  }

  removeLease(hostId: string, leaseId: string): void {
    this.#leases.delete(`${hostId}/${leaseId}`);
    this.#checkProbe(hostId);
  }

  beginSnapshot(hostId: string | null): FleetSnapshot {
    const told = new Set<string>();
    this.#told.add(told);
    return {
      putHost: (id, record) => this.putHost(id, record),
      putPresence: (id) => this.putPresence(id),
      putLease: (id, leaseId, record) => this.putLease(id, leaseId, record),
      end: () => this.#sweep(told, (id) => hostId === null || id === hostId),
      abandon: () => undefined,
    };
  }

  setSource({ connected }: { readonly connected: boolean }): void {
    this.#connected = connected;
  }

  setUnreadable(key: string, entry: UnreadableEntry | null): void {
    if (entry === null) this.#unreadable.delete(key);
    else this.#unreadable.add(key);
  }

  heard(): void {
    // Nothing that is compared.
  }

  setProbe(hostId: string, probe: HostProbe): void {
    if (this.hosts().get(hostId)?.state === "not-heard-from") this.#probes.set(hostId, probe);
  }

  /** By host id, in order. */
  hosts(): ReadonlyMap<string, ModelHost> {
    const ids = new Set([
      ...this.#records.keys(),
      ...this.#presences,
      ...[...this.#leases.keys()].map((key) => key.split("/")[0] ?? ""),
    ]);
    return new Map(
      [...ids].toSorted().map((id) => {
        const leases = [...this.leasesOf(id).keys()].map((key) => key.split("/")[1] ?? "");
        const record = this.#records.get(id) ?? null;
        const probe = this.#probes.get(id) ?? null;
        return [id, { record, state: this.#stateOf(id), probe, leases }];
      }),
    );
  }

  /** By host and lease, in order: those that fit. */
  leases(
    fits: (record: LeaseRecord, hostId: string) => boolean = () => true,
  ): ReadonlyMap<string, LeaseRecord> {
    const hostOf = (key: string): string => key.split("/")[0] ?? "";
    const found = [...this.#leases].filter(([key, record]) => fits(record, hostOf(key)));
    // By host id first: "b/1" comes before "b-1/1".
    const orderOf = (key: string): string => key.replace("/", "\u0000");
    return new Map(found.toSorted(([one], [other]) => (orderOf(one) < orderOf(other) ? -1 : 1)));
  }

  leasesOf(hostId: string): ReadonlyMap<string, LeaseRecord> {
    return this.leases((_record, id) => id === hostId);
  }

  totals(): unknown {
    const hosts = [...this.hosts().values()];
    const count = (state: HostState): number => hosts.filter((host) => host.state === state).length;
    const heard = hosts.filter(({ state }) => state === "heard-from");
    const pools = heard.flatMap(({ record }) => record?.pools ?? []);
    const add = (key: "free" | "leased" | "quarantined" | "total" | "unavailable"): number =>
      sum(pools.map(({ usage }) => usage[key]));
    return {
      hosts: {
        "heard-from": heard.length,
        "not-heard-from": count("not-heard-from"),
        stopped: count("stopped"),
      },
      leases: this.#leases.size,
      staleLeases: this.#leases.size - sum(heard.map(({ leases }) => leases.length)),
      usage: {
        total: add("total"),
        free: add("free"),
        leased: add("leased"),
        quarantined: add("quarantined"),
        unavailable: add("unavailable"),
        largestFreeRun: Math.max(0, ...pools.map(({ usage }) => usage.largestFreeRun)),
      },
    };
  }

  grants(): unknown {
    const minuteNow = Math.floor(this.#clock.wallMs() / 60_000);
    const shown = [];
    for (let minute = minuteNow - 60; minute < minuteNow; minute += 1) {
      const told = [...this.#records.values()].flatMap(({ grants }) => {
        const count = grants.counts[minute - grants.firstMinuteWallMs / 60_000];
        return count === undefined ? [] : [count];
      });
      if (told.length > 0) shown.push({ minuteWallMs: minute * 60_000, grants: sum(told) });
    }
    return shown;
  }

  problems(): readonly ModelProblem[] {
    const ranked: { readonly rank: string; readonly problem: ModelProblem }[] = [];
    const add = (kind: number, problem: ModelProblem): void => {
      const severity = ["critical", "warning", "info"].indexOf(problem[0]);
      ranked.push({ rank: `${severity}${kind}${problem[2]}`, problem });
    };
    if (!this.#connected) add(0, ["critical", "SOURCE_UNREACHABLE", ""]);
    if (this.#unreadable.size > 0) add(0, ["warning", "ENTRIES_UNREADABLE", ""]);
    for (const [id, { record, state, probe }] of this.hosts()) {
      if (state === "stopped") continue;
      const line = record?.pools.some(({ waitingRequests }) => waitingRequests > 0) === true;
      for (const { severity, reason } of record?.problems ?? []) {
        const full = line ? 2 : 3;
        const kind = reason === "PORT_TAKEN_BY_STRANGER" ? 1 : reason === "POOL_FULL" ? full : 4;
        add(kind, [severity, reason, id]);
      }
      const down = ["host-answers", "no-answer"].includes(probe?.outcome ?? "");
      if (state === "not-heard-from")
        add(4, [down ? "critical" : "warning", "HOST_NOT_HEARD_FROM", id]);
      if (this.#ahead.has(id)) add(4, ["warning", "CLOCK_SKEWED", id]);
    }
    // Sorting is stable: each host's stay in their order.
    return ranked
      .toSorted((one, other) => (one.rank === other.rank ? 0 : one.rank < other.rank ? -1 : 1))
      .map(({ problem }) => problem);
  }

  #stateOf(hostId: string): HostState {
    if (this.#presences.has(hostId)) return "heard-from";
    return this.#records.get(hostId)?.serving === "stopped" ? "stopped" : "not-heard-from";
  }

  #checkProbe(hostId: string): void {
    const host = this.hosts().get(hostId);
    if (host?.state !== "not-heard-from") this.#probes.delete(hostId);
  }

  #tell(what: string): void {
    for (const told of this.#told) told.add(what);
  }

  #sweep(told: ReadonlySet<string>, inScope: (hostId: string) => boolean): void {
    for (const [id, { leases }] of this.hosts()) {
      if (!inScope(id)) continue;
      for (const lease of leases) {
        if (!told.has(`lease ${id}/${lease}`)) this.#leases.delete(`${id}/${lease}`);
      }
      if (!told.has(`record ${id}`)) {
        this.#records.delete(id);
        this.#ahead.delete(id);
      }
      if (!told.has(`presence ${id}`)) this.#presences.delete(id);
      this.#checkProbe(id);
    }
  }
}

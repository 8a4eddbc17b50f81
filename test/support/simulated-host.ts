// A host of a simulated fleet: one broker with a pool or two, and services that come and go on it. Its ports are never leased twice
// at once, and the numbers that it says of its pools are those of its leases.

import type { HostRecord, PoolRecord, ProblemRecord } from "#fleet/records/host-record.js";
import type { LeaseRecord } from "#fleet/records/lease-record.js";
import type { PresenceRecord } from "#fleet/records/presence-record.js";
import type { FleetSnapshot } from "#fleet/view/fleet-sink.js";
import { makeLeaseId } from "#server/domain/lease-id.js";
import type { SeededRandom } from "./seeded-random.js";
import type { SimulatedChange } from "./simulated-change.js";

const firstPort = 20_000;
const grantMinutes = 60;
const minuteMs = 60_000;

const services = ["orders", "carts", "users", "search", "billing", "media", "ci-runner", "gateway"];
const zones = ["north-1", "north-2", "south-1"];
const binding = ["bound", "bound", "bound", "bound", "unbound", "unknown"] as const;

export interface SimulatedHostOptions {
  readonly leaseCount: number;
  readonly nowWallMs: number;
  /** "silent": not heard from for some minutes. "stopped": said so, and is gone. */
  readonly state: "heard" | "silent" | "stopped";
}

export class SimulatedHost {
  readonly hostId: string;
  readonly state: SimulatedHostOptions["state"];
  /** By lease id. */
  readonly leases = new Map<string, LeaseRecord>();
  /** What its wall clock says. */
  nowWallMs: number;
  readonly #index: number;
  readonly #leaseCount: number;
  readonly #portCount: number;
  readonly #freePorts: number[];
  readonly #startedWallMs: number;
  #generation = 0;

  constructor(index: number, options: SimulatedHostOptions, random: SeededRandom) {
    const { leaseCount, nowWallMs, state } = options;
    this.#index = index;
    this.#leaseCount = leaseCount;
    this.state = state;
    const zone = zones[index % zones.length] ?? "";
    this.hostId = `host-${String(index).padStart(5, "0")}.${zone}.example`;
    // Used to between a quarter and nearly all; one host in fifty has nothing left.
    const used = index % 50 === 17 ? 1 : 0.25 + 0.7 * random.next();
    this.#portCount = Math.max(4, Math.ceil(leaseCount / used));
    this.#freePorts = Array.from({ length: this.#portCount }, (_, offset) => firstPort + offset);
    this.#startedWallMs = nowWallMs - Math.round((1 + random.next() * 20) * 24 * 60 * minuteMs);
    const silentMs = Math.round((1 + random.next() * 90) * minuteMs);
    this.nowWallMs = state === "heard" ? nowWallMs : nowWallMs - silentMs;
    while (this.leases.size < leaseCount) this.#grant(random);
  }

  tell(sink: Pick<FleetSnapshot, "putHost" | "putPresence" | "putLease">): void {
    sink.putHost(this.hostId, this.record());
    if (this.state === "heard") sink.putPresence(this.hostId, this.presence());
    for (const [leaseId, record] of this.leases) sink.putLease(this.hostId, leaseId, record);
  }

  presence(): PresenceRecord {
    return { brokerId: this.#brokerId, startedWallMs: this.#startedWallMs };
  }

  record(): HostRecord {
    const index = this.#index;
    const platform = index % 3 === 0 ? "win32" : "linux";
    return {
      hostName: this.hostId.split(".")[0] ?? "",
      brokerId: this.#brokerId,
      address: this.hostId,
      version: index % 10 === 0 ? "0.1.0" : "0.2.0",
      platform,
      brokerAddresses: [`${this.hostId}:7600`],
      dashboardUrl: `https://${this.hostId}:7601/`,
      labels: {
        zone: zones[index % zones.length] ?? "",
        rack: `r${index % 40}`,
        role: index % 4 === 0 ? "build" : "services",
      },
      startedWallMs: this.#startedWallMs,
      saidWallMs: this.nowWallMs,
      serving: this.state === "stopped" ? "stopped" : "serving",
      pools: [this.#pool(platform)],
      problems: this.#problems(),
      grants: this.#grants(),
    };
  }

  /** A service starts, stops, or binds its port; the number of leases stays about what it was. */
  nextLeaseChange(random: SeededRandom): SimulatedChange {
    const what = random.next();
    const missing = this.#leaseCount - this.leases.size;
    const mayGrant = this.#freePorts.length > 0;
    if (mayGrant && (missing > 3 || this.leases.size === 0 || what < 0.4)) {
      return this.#grant(random);
    }
    const leaseId = this.#anyLease(random);
    if (missing < -3 || what < 0.8) return this.#release(leaseId);
    return this.#rebind(leaseId);
  }

  *rebindAll(): Iterable<SimulatedChange> {
    for (const leaseId of this.leases.keys()) yield this.#rebind(leaseId);
  }

  get #brokerId(): string {
    return `simulated-${String(this.#index).padStart(16, "0")}`;
  }

  #grant(random: SeededRandom): SimulatedChange {
    // The last one takes the place of the one that goes: any port may be next, and finding it costs nothing.
    const place = random.integer(this.#freePorts.length);
    const port = this.#freePorts[place] ?? firstPort;
    const last = this.#freePorts.pop() ?? port;
    if (place < this.#freePorts.length) this.#freePorts[place] = last;
    this.#generation += 1;
    const leaseId = makeLeaseId(this.#generation, random);
    const record = {
      pool: "default",
      protocol: "tcp",
      port,
      portCount: 1,
      service: services[random.integer(services.length)] ?? "",
      instance: `${this.#index}-${this.#generation}`,
      labels: { version: `1.${random.integer(5)}.0`, team: `team-${random.integer(12)}` },
      ttlMs: 30_000,
      grantedWallMs: this.nowWallMs - random.integer(3_600_000),
      generation: this.#generation,
      binding: random.integer(2_000) === 0 ? "stranger" : "bound",
      unprotected: false,
      draining: false,
    } as const satisfies LeaseRecord;
    this.leases.set(leaseId, record);
    return { type: "lease", hostId: this.hostId, leaseId, record };
  }

  #release(leaseId: string): SimulatedChange {
    const lease = this.leases.get(leaseId);
    this.leases.delete(leaseId);
    if (lease !== undefined) this.#freePorts.push(lease.port);
    return { type: "lease-gone", hostId: this.hostId, leaseId };
  }

  #rebind(leaseId: string): SimulatedChange {
    const lease = this.leases.get(leaseId);
    if (lease === undefined) return { type: "lease-gone", hostId: this.hostId, leaseId };
    const others = binding.filter((each) => each !== lease.binding);
    const record = { ...lease, binding: others[lease.generation % others.length] ?? "bound" };
    this.leases.set(leaseId, record);
    return { type: "lease", hostId: this.hostId, leaseId, record };
  }

  /** Not evenly, but without walking through all of them: one of the oldest sixteen. */
  #anyLease(random: SeededRandom): string {
    let skip = random.integer(Math.min(16, this.leases.size));
    for (const leaseId of this.leases.keys()) {
      if (skip === 0) return leaseId;
      skip -= 1;
    }
    return "";
  }

  #pool(platform: string): PoolRecord {
    const free = this.#freePorts.length;
    return {
      name: "default",
      protocol: "tcp",
      kind: platform === "win32" ? "persistent" : "held",
      usage: {
        total: this.#portCount,
        free,
        leased: this.#portCount - free,
        quarantined: 0,
        unavailable: 0,
        largestFreeRun: Math.ceil(free / 3),
      },
      waitingRequests: free === 0 ? 3 : 0,
    };
  }

  #problems(): readonly ProblemRecord[] {
    const found: ProblemRecord[] = [];
    const about = { pool: "default", blockId: "default", port: 0, leaseId: "" };
    if (this.#freePorts.length === 0) {
      found.push({
        ...about,
        severity: "critical",
        reason: "POOL_FULL",
        message: `pool "default" has no port left for everybody: ${this.#portCount} of ${this.#portCount} leased`,
        remedy: "portlease blocks add --size 64 --pool default",
      });
    }
    for (const [leaseId, { binding: seen, port, service }] of this.leases) {
      if (seen !== "stranger") continue;
      found.push({
        ...about,
        leaseId,
        port,
        severity: "critical",
        reason: "PORT_TAKEN_BY_STRANGER",
        message: `port ${port}, leased to service "${service}", is bound by a process that is not its holder`,
        remedy: `portlease explain ${port}`,
      });
    }
    return found;
  }

  #grants(): HostRecord["grants"] {
    const nowMinute = Math.floor(this.nowWallMs / minuteMs);
    const counts = Array.from(
      { length: grantMinutes },
      (_, minute) => (this.#index * 7 + minute * 3) % 11,
    );
    return { firstMinuteWallMs: (nowMinute - grantMinutes) * minuteMs, counts };
  }
}

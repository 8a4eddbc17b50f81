// All brokers of a simulated fleet, publishing to an etcd from one process: real publishers, simulated leases. Started by etcd-run.ts,
// which it obeys message by message. Argument: the settings as JSON.

import { setTimeout as pause } from "node:timers/promises";
import { type Etcd, EtcdError } from "#etcd/etcd.js";
import { openEtcd } from "#etcd/open-etcd.js";
import { FleetKeys } from "#fleet/records/fleet-keys.js";
import { writeHost } from "#fleet/records/host-json.js";
import { writePresence } from "#fleet/records/presence-json.js";
import type { FleetPublisher } from "#server/fleet/fleet-publisher.js";
import type { FleetStats } from "#server/fleet/fleet-stats.js";
import { Housekeeping } from "#server/housekeeping.js";
import { SimulatedFleet } from "../../test/support/simulated-fleet.js";
import type { LoadAnswer, LoadFigures, LoadOrder, LoadSettings } from "./load-orders.js";
import { runPaced } from "./paced.js";
import { probeHostId, probeHostIds, probePresence, probeRecord, probesPerSecond } from "./probe.js";
import { commitChange, simulatedPublisher } from "./simulated-broker.js";

/** A thousand connections from one process would measure that process. Each broker has one of its own; etcd minds connections little. */
const connectionCount = 16;
const lookEveryMs = 20;

class Load {
  readonly #fleet: SimulatedFleet;
  readonly #keys = new FleetKeys("/portlease/");
  readonly #connections: readonly Etcd[];
  readonly #publishers = new Map<string, FleetPublisher>();
  readonly #housekeeping: Housekeeping;
  #started = false;
  #revision = 0n;

  constructor({ size, endpoint }: LoadSettings) {
    this.#fleet = new SimulatedFleet({ ...size, nowWallMs: Date.now() });
    this.#connections = Array.from({ length: connectionCount }, () =>
      openEtcd({ endpoints: [endpoint], secure: false }),
    );
    for (const [index, host] of this.#fleet.hosts.entries()) {
      const etcd = this.#connection(index);
      this.#publishers.set(host.hostId, simulatedPublisher(host, etcd, this.#keys));
    }
    this.#housekeeping = new Housekeeping([...this.#publishers.values()]);
  }

  /** Waits until every broker has told everything once. The first time all of them start, and at once. */
  settle(): Promise<LoadFigures> {
    return this.#measured(async () => {
      if (!this.#started) this.#housekeeping.start();
      this.#started = true;
      const rest = new Set(this.#publishers.values());
      while (rest.size > 0) {
        await pause(lookEveryMs);
        for (const publisher of rest) {
          const { connected, pending } = publisher.stats;
          if (connected && pending === 0) rest.delete(publisher);
        }
      }
      await this.#registerProbes();
      return 0;
    });
  }

  live(rate: number, seconds: number): Promise<LoadFigures> {
    const probeEvery = Math.max(1, Math.round(rate / probesPerSecond));
    return this.#measured(async () => {
      const { done } = await runPaced({ perSecond: rate, seconds }, (index) => {
        const change = this.#fleet.nextChange((index * 1_000) / rate);
        const publisher = this.#publishers.get(change.hostId);
        if (publisher !== undefined) commitChange(publisher, change);
        if (index % probeEvery === 0) this.#probe(index / probeEvery);
      });
      return done;
    });
  }

  drift(): Promise<LoadFigures> {
    return this.#measured(() => {
      let changes = 0;
      for (const change of this.#fleet.rebindAll()) {
        const publisher = this.#publishers.get(change.hostId);
        if (publisher !== undefined) commitChange(publisher, change);
        changes += 1;
      }
      return Promise.resolve(changes);
    });
  }

  async stop(): Promise<void> {
    this.#housekeeping.stop();
    await Promise.all([...this.#publishers.values()].map((publisher) => publisher.stop()));
    for (const etcd of this.#connections) etcd.close();
  }

  async #measured(act: () => Promise<number>): Promise<LoadFigures> {
    const before = this.#sums();
    const cpuBefore = process.cpuUsage();
    const startMs = performance.now();
    const changes = await act();
    const tookMs = performance.now() - startMs;
    const { user, system } = process.cpuUsage(cpuBefore);
    const after = this.#sums();
    await this.#noteRevision();
    return {
      tookMs,
      changes,
      published: after.published - before.published,
      transactions: after.transactions - before.transactions,
      pending: after.pending,
      cpuMs: (user + system) / 1_000,
      leases: this.#fleet.leaseCount,
      revision: this.#revision.toString(),
    };
  }

  #sums(): { readonly published: number; readonly transactions: number; readonly pending: number } {
    const sum = (read: (stats: FleetStats) => number): number =>
      [...this.#publishers.values()].reduce((all, { stats }) => all + read(stats), 0);
    return {
      published: sum(({ puts, deletes }) => puts + deletes),
      transactions: sum(({ transactions }) => transactions),
      pending: sum((stats) => stats.pending),
    };
  }

  async #registerProbes(): Promise<void> {
    // No lease: nobody keeps it alive.
    const success = probeHostIds.map((hostId) => ({
      put: this.#keys.presence(hostId),
      value: writePresence(probePresence),
    }));
    const half = success.length / 2;
    await this.#connection(0).transact({ when: [], success: success.slice(0, half) });
    await this.#connection(0).transact({ when: [], success: success.slice(half) });
  }

  #probe(index: number): void {
    const put = this.#keys.host(probeHostId(index));
    const transaction = { when: [], success: [{ put, value: writeHost(probeRecord()) }] };
    // One that is lost is not seen, and measures nothing.
    this.#connection(index)
      .transact(transaction)
      .catch(() => undefined);
  }

  async #noteRevision(): Promise<void> {
    try {
      const { revision } = await this.#connection(0).range({ prefix: this.#keys.hosts, limit: 1 });
      this.#revision = revision;
    } catch (error) {
      // It is away on purpose.
      if (!(error instanceof EtcdError)) throw error;
    }
  }

  #connection(index: number): Etcd {
    const etcd = this.#connections[index % this.#connections.length];
    if (etcd === undefined) throw new RangeError("there is no connection");
    return etcd;
  }
}

const load = new Load(JSON.parse(process.argv[2] ?? "") as LoadSettings);
const answer = (message: LoadAnswer): unknown => process.send?.(message);

async function obey(order: LoadOrder): Promise<void> {
  if (order.do === "stop") {
    await load.stop();
    process.disconnect();
    return;
  }
  if (order.do === "live") answer({ figures: await load.live(order.rate, order.seconds) });
  else answer({ figures: await (order.do === "drift" ? load.drift() : load.settle()) });
}

process.on("message", (order: LoadOrder) => void obey(order));
// Whoever started it is gone.
process.on("disconnect", () => process.exit());
answer({ ready: true });

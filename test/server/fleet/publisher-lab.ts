// A publisher with a core that is a list of leases, an etcd in memory, and a clock that moves when told to.

import { setImmediate as nextTurn } from "node:timers/promises";
import type { Operation } from "#etcd/etcd.js";
import { FleetKeys } from "#fleet/records/fleet-keys.js";
import type { HostRecord } from "#fleet/records/host-record.js";
import type { Change, LeaseRecord, SealedChange } from "#server/domain/records.js";
import { FleetPublisher, type FleetPublisherParts } from "#server/fleet/fleet-publisher.js";
import type { HostFacts } from "#server/fleet/host-report.js";
import { FakeEtcd } from "../../support/fake-etcd.js";
import { silentLog } from "../../support/silent-log.js";
import { sampleBlock, sampleLease } from "../../support/store-samples.js";

/** A turn of the housekeeping. */
const turnMs = 50;
const stepsMax = 100_000;

export const sampleFacts: HostFacts = {
  hostName: "web-1",
  brokerId: "b1",
  address: "web-1.example",
  version: "0.1.0",
  platform: "linux",
  brokerAddresses: ["127.0.0.1:7600"],
  dashboardUrl: "",
  labels: {},
  startedWallMs: Date.UTC(2026, 0, 1),
  serving: "serving",
  pools: [],
  problems: [],
  grants: { firstMinuteWallMs: 0, counts: [] },
};

export interface LabOptions extends Partial<
  Pick<
    FleetPublisherParts,
    "brokerId" | "changesMax" | "hostId" | "pause" | "random" | "startedWallMs"
  >
> {
  /** Beside another publisher. */
  readonly etcd?: FakeEtcd;
}

export class PublisherLab {
  readonly etcd: FakeEtcd;
  readonly client;
  readonly keys = new FleetKeys("/portlease/");
  readonly hostId: string;
  readonly publisher: FleetPublisher;
  /** What the core has in memory. */
  readonly leases = new Map<string, { readonly record: LeaseRecord }>();
  block = sampleBlock("default-tcp-20000");
  facts = sampleFacts;
  #revision = 0;

  constructor(options: LabOptions = {}) {
    this.etcd = options.etcd ?? new FakeEtcd();
    this.client = this.etcd.client();
    this.hostId = options.hostId ?? "web-1";
    const served = () => [{ record: this.block }];
    this.publisher = new FleetPublisher({
      etcd: this.client,
      keys: this.keys,
      hostId: this.hostId,
      brokerId: options.brokerId ?? "b1",
      startedWallMs: options.startedWallMs ?? sampleFacts.startedWallMs,
      presenceTtlMs: 15_000,
      clock: this.etcd.clock,
      // Half of every random time.
      random: options.random ?? { bytes: () => Uint8Array.of(128, 0) },
      source: {
        blocks: {
          get served() {
            return served();
          },
        },
        recordedLeases: () => this.leases.values(),
      },
      describeHost: () => this.facts,
      nextTurn: () => nextTurn(),
      pause: options.pause ?? forever,
      log: silentLog,
      ...(options.changesMax === undefined ? {} : { changesMax: options.changesMax }),
    });
  }

  /** A lease that is granted, or changed: on disk, told, and in memory. */
  put(generation: number, fields: Parameters<typeof sampleLease>[1] = {}): LeaseRecord {
    const lease = sampleLease(generation, fields);
    this.tell({ type: "lease_granted", lease });
    this.leases.set(lease.leaseId, { record: lease });
    return lease;
  }

  end(generation: number): void {
    const lease = sampleLease(generation);
    this.tell({
      type: "lease_ended",
      remember: false,
      ended: { lease, reason: "released", endedWallMs: this.etcd.clock.wallMs() },
    });
    this.leases.delete(lease.leaseId);
  }

  tell(change: Change): void {
    this.#revision += 1;
    const sealed: SealedChange = {
      revision: this.#revision,
      wallMs: this.etcd.clock.wallMs(),
      change,
    };
    this.publisher.committed([sealed]);
  }

  /** Gives the publisher a turn, and waits until nothing is under way. */
  async turn(): Promise<void> {
    await nextTurn();
    this.publisher.advance();
    await this.publisher.idle();
  }

  /** Time passes, with turns. */
  async pass(milliseconds: number, everyMs = turnMs): Promise<void> {
    for (let passedMs = 0; passedMs < milliseconds; passedMs += everyMs) {
      this.etcd.pass(everyMs);
      await this.turn();
    }
  }

  /** Turns, and time between them, until something is so. */
  async until(what: string, holds: () => boolean): Promise<void> {
    for (let steps = 0; steps < stepsMax; steps += 1) {
      if (holds()) return;
      await this.pass(turnMs);
    }
    throw new Error(`${what}: never`);
  }

  /** Everything in etcd, by key. */
  all(): ReadonlyMap<string, string> {
    const { entries } = this.etcd.store.range({ prefix: "/" });
    return new Map(entries.map(({ key, value }) => [key, Buffer.from(value).toString()]));
  }

  /** Ids of the leases in etcd. */
  leaseIds(): readonly string[] {
    const { entries } = this.etcd.store.range({ prefix: this.keys.leasesOf(this.hostId) });
    return entries.map(({ key }) => key.slice(this.keys.leasesOf(this.hostId).length));
  }

  /** The host's record in etcd; `null`: there is none. */
  host(): (HostRecord & { readonly said: string }) | null {
    const text = this.all().get(this.keys.host(this.hostId));
    return text === undefined ? null : (JSON.parse(text) as HostRecord & { said: string });
  }

  hasPresence(): boolean {
    return this.all().has(this.keys.presence(this.hostId));
  }

  /** Operations on leases in each transaction that was asked for since `from`. */
  leaseWrites(from = 0): readonly (readonly Operation[])[] {
    return this.client.transactions
      .slice(from)
      .map(({ success }) =>
        success.filter((operation) => keyOf(operation).startsWith(this.keys.leases)),
      )
      .filter(({ length }) => length > 0);
  }
}

export function keyOf(operation: Operation): string {
  if ("put" in operation) return operation.put;
  if ("delete" in operation) return operation.delete;
  return "get" in operation ? operation.get : operation.deletePrefix;
}

function forever(_durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve());
  });
}

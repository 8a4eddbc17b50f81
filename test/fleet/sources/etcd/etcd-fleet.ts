// A fleet in a real etcd: writes what brokers would publish, and has sources over it whose views can be looked at.

import { randomUUID } from "node:crypto";
import { Writable } from "node:stream";
import type { Etcd } from "#etcd/etcd.js";
import { openEtcd } from "#etcd/open-etcd.js";
import { FleetKeys } from "#fleet/records/fleet-keys.js";
import { writeHost } from "#fleet/records/host-json.js";
import type { HostRecord } from "#fleet/records/host-record.js";
import { writeLease } from "#fleet/records/lease-json.js";
import type { LeaseRecord } from "#fleet/records/lease-record.js";
import { writePresence } from "#fleet/records/presence-json.js";
import { EtcdSource, type EtcdSourceOptions } from "#fleet/sources/etcd/etcd-source.js";
import { FleetView } from "#fleet/view/fleet-view.js";
import { createLog } from "#server/log.js";
import { systemClock } from "#server/system-clock.js";
import { eventually } from "../../../support/eventually.js";
import { recordText } from "../../../support/test-output.js";

export const aHost: HostRecord = {
  hostName: "build-01",
  brokerId: "b1",
  address: "build-01.example",
  version: "0.1.0",
  platform: "linux",
  brokerAddresses: ["10.0.0.1:7600"],
  dashboardUrl: "",
  labels: {},
  startedWallMs: Date.UTC(2026, 0, 1),
  saidWallMs: Date.UTC(2026, 0, 2),
  serving: "serving",
  pools: [],
  problems: [],
  grants: { firstMinuteWallMs: 0, counts: [] },
};

export const aLease: LeaseRecord = {
  pool: "default",
  protocol: "tcp",
  port: 20_000,
  portCount: 1,
  service: "orders",
  instance: "1",
  labels: {},
  ttlMs: 30_000,
  grantedWallMs: Date.UTC(2026, 0, 2),
  generation: 7,
  binding: "bound",
  unprotected: false,
  draining: false,
};

export interface FollowedFleet {
  readonly view: FleetView;
  readonly source: EtcdSource;
  /** Its log until now. */
  readonly logged: () => string;
}

/** Call `close` in any case. Every key is of this fleet alone. */
export class EtcdFleet {
  readonly keys = new FleetKeys(`/${randomUUID()}/`);
  readonly etcd: Etcd;
  readonly #endpoint: string;
  readonly #closers: (() => void | Promise<void>)[] = [];

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
    this.etcd = this.open(endpoint);
  }

  /** A client of its own, closed with the fleet. */
  open(endpoint: string): Etcd {
    const etcd = openEtcd({ endpoints: [endpoint], secure: false });
    this.#closers.push(() => etcd.close());
    return etcd;
  }

  follow(
    options: Partial<EtcdSourceOptions> = {},
    view: FleetView = new FleetView(systemClock),
    endpoint: string = this.#endpoint,
  ): FollowedFleet {
    let text = "";
    const output = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        text += chunk.toString();
        recordText(chunk.toString(), "etcd-source");
        done();
      },
    });
    const source = new EtcdSource({
      etcd: options.etcd ?? this.open(endpoint),
      prefix: this.keys.prefix,
      addresses: [this.#endpoint],
      sink: view,
      log: createLog({ level: "debug", format: "json" }, output),
      retentionMs: null,
      ...options,
    });
    this.#closers.push(() => source.close());
    source.start();
    return { view, source, logged: () => text };
  }

  async put(key: string, value: Uint8Array | string): Promise<void> {
    await this.etcd.transact({ when: [], success: [{ put: key, value }] });
  }

  async delete(key: string): Promise<void> {
    await this.etcd.transact({ when: [], success: [{ delete: key }] });
  }

  putHost(hostId: string, changes: Partial<HostRecord> = {}): Promise<void> {
    return this.put(this.keys.host(hostId), writeHost({ ...aHost, hostName: hostId, ...changes }));
  }

  putPresence(hostId: string): Promise<void> {
    return this.put(
      this.keys.presence(hostId),
      writePresence({ brokerId: "b1", startedWallMs: aHost.startedWallMs }),
    );
  }

  putLease(hostId: string, leaseId: string, changes: Partial<LeaseRecord> = {}): Promise<void> {
    return this.put(this.keys.lease(hostId, leaseId), writeLease({ ...aLease, ...changes }));
  }

  /** `lease-1` to `lease-COUNT`, in few transactions. */
  async putLeases(hostId: string, count: number): Promise<void> {
    for (let first = 1; first <= count; first += 128) {
      const success = Array.from({ length: Math.min(128, count - first + 1) }, (_, index) => ({
        put: this.keys.lease(hostId, `lease-${first + index}`),
        value: writeLease(aLease),
      }));
      await this.etcd.transact({ when: [], success });
    }
  }

  /** Every key of the fleet, without the prefix. */
  async stored(): Promise<readonly string[]> {
    const { prefix } = this.keys;
    const { entries } = await this.etcd.range({ prefix, keysOnly: true });
    return entries.map(({ key }) => key.slice(prefix.length));
  }

  async revision(): Promise<bigint> {
    return (await this.etcd.range({ prefix: this.keys.prefix, limit: 1 })).revision;
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).toReversed()) await close();
  }
}

/** "id: state, leases" of each host, once it is as expected. */
export async function untilShown(view: FleetView, expected: readonly string[]): Promise<void> {
  const wanted = JSON.stringify(expected);
  let shown = "";
  await eventually(`a view of ${wanted}`, () => {
    shown = JSON.stringify(summaryOf(view));
    return shown === wanted;
  }).catch((error: unknown) => {
    throw new Error(`it shows ${shown}`, { cause: error });
  });
}

export function summaryOf(view: FleetView): readonly string[] {
  return [...view.hosts()].map(
    ({ hostId, state, leases }) =>
      `${hostId}: ${state}, ${leases.map(({ leaseId }) => leaseId).join(" ")}`,
  );
}

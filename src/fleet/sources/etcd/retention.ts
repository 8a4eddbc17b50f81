// Removes hosts that have not been heard from for so long that they will not come back. Every fleet server does it, side by side:
// each removal holds only for the record that was judged, and only while the host is not there.

import { type Etcd, EtcdError } from "../../../etcd/etcd.js";
import type { Log } from "../../../server/log.js";
import type { FleetKeys } from "../../records/fleet-keys.js";
import { readHost } from "../../records/host-json.js";
import type { Pacing } from "../pacing.js";
import type { HostRemoval } from "./host-removal.js";
import { rangePages } from "./range-pages.js";

/** A month: a host in repair, or a build machine of a release branch, is not forgotten. docs/fleet-configuration.md and --help name it too. */
export const defaultRetentionMs = 30 * 86_400_000;

/** Who waited for a month can wait for some minutes more; a look reads the records of all hosts. */
export const lookEveryMs = 5 * 60_000;
/** For so long a host must be seen absent here as well, by a clock that nobody sets: longer than any wait before a broker's next try. */
export const absentForMsMin = 10 * 60_000;
/** Retiring is no reason to load etcd: the next ones have their turn at the next look. */
const hostsPerLookMax = 100;

export interface RetentionWorld {
  readonly etcd: Pick<Etcd, "range">;
  readonly keys: FleetKeys;
  readonly removal: Pick<HostRemoval, "retire">;
  readonly pacing: Pacing;
  readonly log: Log;
}

interface AbsentHost {
  readonly modRevision: bigint;
  /** Since when it has been so, by the monotonic clock. */
  readonly sinceMs: number;
}

interface HostSeen {
  readonly modRevision: bigint;
  readonly saidWallMs: number;
  readonly present: boolean;
}

export class Retention {
  readonly #world: RetentionWorld;
  readonly #retentionMs: number;
  #absent = new Map<string, AbsentHost>();

  constructor(world: RetentionWorld, retentionMs: number) {
    this.#world = world;
    this.#retentionMs = retentionMs;
  }

  /** Looks now and then until `signal` is aborted; `retired` is called for each host removed. */
  async run(signal: AbortSignal, retired: () => void): Promise<void> {
    const { pacing, log } = this.#world;
    for (;;) {
      // By chance, so that several fleet servers do not look in step.
      await pacing.pause(lookEveryMs * (0.75 + pacing.random() / 2), signal);
      if (signal.aborted) return;
      try {
        await this.look(signal, retired);
      } catch (error) {
        if (!(error instanceof EtcdError)) log.error("looking for old hosts failed", { error });
        else if (error.code === "denied") {
          const reason = `${error.message}; give the right to write, or turn the retention off`;
          log.warn("old hosts cannot be removed", { reason });
        }
        // Of an etcd that is away the source says so; the next look comes by itself.
      }
    }
  }

  /** One look. Rejects with EtcdError. */
  async look(signal: AbortSignal, retired: () => void): Promise<void> {
    const hosts = await this.#readHosts();
    const nowMs = this.#world.pacing.clock.monotonicMs();
    const absent = new Map<string, AbsentHost>();
    for (const [hostId, { modRevision, present }] of hosts) {
      if (present) continue;
      const before = this.#absent.get(hostId);
      absent.set(
        hostId,
        before?.modRevision === modRevision ? before : { modRevision, sinceMs: nowMs },
      );
    }
    this.#absent = absent;
    const old = this.#oldOnes(hosts, nowMs);
    for (const [hostId, { modRevision, saidWallMs }] of old.slice(0, hostsPerLookMax)) {
      if (signal.aborted) return;
      if (!(await this.#world.removal.retire(hostId, modRevision))) continue;
      const reason = `it was last heard at ${new Date(saidWallMs).toISOString()}`;
      this.#world.log.info("a host was not heard from for longer than the retention: removed", {
        host: hostId,
        reason,
      });
      retired();
    }
  }

  #oldOnes(hosts: ReadonlyMap<string, HostSeen>, nowMs: number): [string, HostSeen][] {
    const wallMs = this.#fleetTime(hosts);
    return [...hosts].filter(([hostId, { saidWallMs }]) => {
      const absent = this.#absent.get(hostId);
      return (
        absent !== undefined &&
        nowMs - absent.sinceMs >= absentForMsMin &&
        wallMs - saidWallMs > this.#retentionMs
      );
    });
  }

  /**
   * What time it is, at least: a clock of this host that was set ahead makes no host old, since those that are heard from say the time
   * as well. Where none is heard from, the fault is elsewhere, and no host is old.
   */
  #fleetTime(hosts: ReadonlyMap<string, HostSeen>): number {
    const said = [...hosts.values()].filter(({ present }) => present);
    const latestMs = said.reduce(
      (latest, { saidWallMs }) => Math.max(latest, saidWallMs),
      -Infinity,
    );
    return Math.min(latestMs, this.#world.pacing.clock.wallMs());
  }

  async #readHosts(): Promise<Map<string, HostSeen>> {
    const { etcd, keys } = this.#world;
    const present = new Set<string>();
    let revision: bigint | undefined;
    for await (const page of rangePages(etcd, { prefix: keys.presences, keysOnly: true })) {
      revision ??= page.revision;
      for (const { key } of page.entries) present.add(key.slice(keys.presences.length));
    }
    const hosts = new Map<string, HostSeen>();
    const request = { prefix: keys.hosts, ...(revision === undefined ? {} : { revision }) };
    for await (const page of rangePages(etcd, request)) {
      for (const { key, value, modRevision } of page.entries) {
        const named = keys.parse(key);
        if (named.kind !== "host") continue;
        const { hostId } = named;
        const read = readHost(value);
        // One that cannot be understood is not judged: the newer version that wrote it has its own retention.
        if ("why" in read) continue;
        const { saidWallMs } = read.record;
        hosts.set(hostId, { modRevision, saidWallMs, present: present.has(hostId) });
      }
    }
    return hosts;
  }
}

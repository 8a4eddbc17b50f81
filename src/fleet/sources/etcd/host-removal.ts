// Removes a host from etcd with its leases. Every transaction holds only while the host's presence key is not there: a broker that
// comes back in between publishes what is missing when it has its presence, which is after the last thing that was removed.

import {
  type Compare,
  type Etcd,
  EtcdError,
  type KeyValue,
  type Operation,
  operationsPerTransactionMax,
} from "../../../etcd/etcd.js";
import { echo } from "../../../server/domain/echo.js";
import { type FleetKeys, isHostId } from "../../records/fleet-keys.js";
import { hostIdLengthMax } from "../../records/record-limits.js";
import { FleetSourceError, type ForgottenHost } from "../fleet-source.js";
import { rangePages } from "./range-pages.js";

/** A record is written each few seconds at most, and only by a broker that is there: more than one such collision is none. */
const triesMax = 5;

export class HostRemoval {
  readonly #etcd: Pick<Etcd, "range" | "transact">;
  readonly #keys: FleetKeys;

  constructor(etcd: Pick<Etcd, "range" | "transact">, keys: FleetKeys) {
    this.#etcd = etcd;
    this.#keys = keys;
  }

  /** Rejects with FleetSourceError: HOST_NOT_FOUND, HOST_IS_HEARD_FROM, ETCD_UNAVAILABLE. */
  async forget(hostId: string): Promise<ForgottenHost> {
    if (!isHostId(hostId)) throw notFound(hostId);
    try {
      const { host } = await this.#look(hostId);
      const forgottenLeases = await this.#removeLeases(hostId, []);
      const removed = await this.#removeHost(hostId, host);
      if (!removed && forgottenLeases === 0) throw notFound(hostId);
      return { forgottenLeases };
    } catch (error) {
      throw error instanceof EtcdError ? unavailable(hostId, error) : error;
    }
  }

  /**
   * The same for a host whose record is still the one of `modRevision`; else nothing is done. False when that is so, or when it is
   * heard from. Rejects with EtcdError.
   */
  async retire(hostId: string, modRevision: bigint): Promise<boolean> {
    try {
      const { host } = await this.#look(hostId);
      if (host?.modRevision !== modRevision) return false;
      await this.#removeLeases(hostId, [{ key: this.#keys.host(hostId), modRevision }]);
      return await this.#removeOnce(hostId, modRevision);
    } catch (error) {
      // Or its record is another one by now, which is as much of a reason.
      if (error instanceof FleetSourceError && error.code === "HOST_IS_HEARD_FROM") return false;
      throw error;
    }
  }

  /** Rejects when the host is heard from. */
  async #look(hostId: string): Promise<{ readonly host: KeyValue | null }> {
    const { found } = await this.#etcd.transact({
      when: [],
      then: [{ get: this.#keys.presence(hostId) }, { get: this.#keys.host(hostId) }],
    });
    const [presence, host] = found;
    if (presence) throw heardFrom(hostId);
    return { host: host ?? null };
  }

  async #removeLeases(hostId: string, when: readonly Compare[]): Promise<number> {
    let count = 0;
    const request = { prefix: this.#keys.leasesOf(hostId), keysOnly: true };
    for await (const { entries } of rangePages(this.#etcd, request)) {
      for (let first = 0; first < entries.length; first += operationsPerTransactionMax) {
        const some = entries.slice(first, first + operationsPerTransactionMax);
        const removal = some.map(({ key }) => ({ delete: key }));
        if (!(await this.#whileAbsent(hostId, when, removal))) throw heardFrom(hostId);
        count += some.length;
      }
    }
    return count;
  }

  /** False when there is no record. */
  async #removeHost(hostId: string, first: KeyValue | null): Promise<boolean> {
    let host = first;
    for (let tries = 1; tries < triesMax; tries += 1) {
      if (await this.#removeOnce(hostId, host?.modRevision ?? 0n)) return host !== null;
      ({ host } = await this.#look(hostId));
    }
    throw heardFrom(hostId);
  }

  /** With what came under its leases meanwhile, or has no key that can be named. */
  #removeOnce(hostId: string, modRevision: bigint): Promise<boolean> {
    const key = this.#keys.host(hostId);
    return this.#whileAbsent(
      hostId,
      [{ key, modRevision }],
      [{ deletePrefix: this.#keys.leasesOf(hostId) }, { delete: key }],
    );
  }

  async #whileAbsent(
    hostId: string,
    when: readonly Compare[],
    then: readonly Operation[],
  ): Promise<boolean> {
    const absent = { key: this.#keys.presence(hostId), createRevision: 0n };
    return (await this.#etcd.transact({ when: [absent, ...when], then })).succeeded;
  }
}

function notFound(hostId: string): FleetSourceError {
  return new FleetSourceError(
    "HOST_NOT_FOUND",
    `there is no host ${JSON.stringify(echo(hostId, hostIdLengthMax))}: nothing is known of it in etcd. ListHosts has the ids of all hosts.`,
  );
}

function heardFrom(hostId: string): FleetSourceError {
  return new FleetSourceError(
    "HOST_IS_HEARD_FROM",
    `the host ${hostId} is heard from, and would only come back. Stop its broker, or take its setting fleet.etcd away, and try again ` +
      "when its presence has run out.",
  );
}

function unavailable(hostId: string, error: EtcdError): FleetSourceError {
  const advice =
    error.code === "denied"
      ? "Give the fleet server's user of etcd the right to write, as docs/fleet.md says."
      : "Try again.";
  return new FleetSourceError(
    "ETCD_UNAVAILABLE",
    `the host ${echo(hostId, hostIdLengthMax)} could not be removed, or only in part: ${error.message}. ${advice}`,
    { cause: error },
  );
}

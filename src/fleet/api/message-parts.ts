// What one message of a live view of the fleet has: bounded in number and in bytes, each host and each lease once.

import type {
  FleetLease as WireLease,
  FleetLeaseName,
  Host as WireHost,
  WatchFleetResponse,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import type { FleetHost, FleetLease } from "../view/fleet-entities.js";
import type { FleetReader } from "../view/fleet-reader.js";
import { toWireFleetLease, toWireHost } from "./wire-fleet.js";
import { wireBytesMax } from "./wire-bytes.js";

export interface MessageLimits {
  readonly items: number;
  /** What was put in last may go beyond it. */
  readonly bytes: number;
}

/**
 * So many take some milliseconds to encode. Clients of gRPC refuse more than 4 MiB unless told otherwise; with the last host, which
 * may be as long as a record, and the problems a message stays well below that.
 */
export const messageLimits: MessageLimits = { items: 1_000, bytes: 1_048_576 };

type Lists = Pick<WatchFleetResponse, "hosts" | "leases" | "removedHostIds" | "removedLeases">;

export class MessageParts {
  readonly #view: Pick<FleetReader, "staleAgeMs">;
  readonly #limits: MessageLimits;
  readonly #hosts: WireHost[] = [];
  readonly #leases: WireLease[] = [];
  readonly #removedHosts = new Set<string>();
  /** By host and lease id. */
  readonly #removedLeases = new Map<string, FleetLeaseName>();
  #items = 0;
  #bytes = 0;

  constructor(view: Pick<FleetReader, "staleAgeMs">, limits: MessageLimits) {
    this.#view = view;
    this.#limits = limits;
  }

  /** The rest is for the next message. */
  get full(): boolean {
    return this.#items >= this.#limits.items || this.#bytes >= this.#limits.bytes;
  }

  putHost(host: FleetHost): void {
    const wire = toWireHost(host);
    this.#hosts.push(wire);
    this.#count(wire);
    // One that went and came again: nobody needs to know in which order to read the lists.
    this.#removedHosts.delete(host.hostId);
  }

  removeHost({ hostId }: FleetHost): void {
    this.#removedHosts.add(hostId);
    this.#count(hostId);
  }

  putLease(lease: FleetLease): void {
    const wire = toWireFleetLease(lease, this.#view);
    this.#leases.push(wire);
    this.#count(wire);
    if (this.#removedLeases.size > 0) this.#removedLeases.delete(nameOf(lease));
  }

  removeLease(lease: FleetLease): void {
    const name = { hostId: lease.host.hostId, leaseId: lease.leaseId };
    this.#removedLeases.set(nameOf(lease), name);
    this.#count(name);
  }

  lists(): Lists {
    return {
      hosts: this.#hosts,
      removedHostIds: [...this.#removedHosts],
      leases: this.#leases,
      removedLeases: [...this.#removedLeases.values()],
    };
  }

  #count(part: unknown): void {
    this.#items += 1;
    this.#bytes += wireBytesMax(part);
  }
}

/** No host id has a slash. */
function nameOf({ host, leaseId }: FleetLease): string {
  return `${host.hostId}/${leaseId}`;
}

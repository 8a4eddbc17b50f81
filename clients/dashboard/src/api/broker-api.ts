// The calls of the broker's API that the dashboard makes. Each may reject with ApiError.

import type {
  LeaseEvent,
  LeaseEventPage,
  LeasePage,
  Lease,
  LiveUpdate,
  PortExplanation,
  UsageHistory,
} from "./messages.js";
import { leaseIdFilter, portLeaseFilter } from "../model/lease-filter.js";
import type { RpcTransport } from "./rpc-transport.js";

export interface LeaseQuery {
  readonly filter: string;
  readonly orderBy: string;
  readonly pageSize: number;
  readonly pageToken: string;
}

/** How often changes are sent at most. */
const watchInterval = "1s";

/** More in one second cannot be read anyway; how many were left out is told. */
const eventsPerUpdateMax = 200;

export class BrokerApi {
  readonly #transport: RpcTransport;

  constructor(transport: RpcTransport) {
    this.#transport = transport;
  }

  watchBroker(receive: (update: LiveUpdate) => void, signal: AbortSignal): Promise<void> {
    const request = { interval: watchInterval, ports: true, maxEvents: eventsPerUpdateMax };
    const method = "portlease.v1.AdminService/WatchBroker";
    const take = (message: unknown): void => receive(message as LiveUpdate);
    return this.#transport.stream(method, request, take, signal);
  }

  listLeases(query: LeaseQuery, signal?: AbortSignal): Promise<LeasePage> {
    return this.#transport.call("portlease.v1.LeaseService/ListLeases", query, signal);
  }

  /** An active lease; `null` when there is none of this id now, which is no failure. */
  async findLease(leaseId: string, signal?: AbortSignal): Promise<Lease | null> {
    const filter = leaseIdFilter(leaseId);
    const page = await this.listLeases({ filter, orderBy: "", pageSize: 1, pageToken: "" }, signal);
    return page.leases[0] ?? null;
  }

  /** The active lease that covers a port; `null` when none does. */
  async findPortLease(pool: string, port: number, signal?: AbortSignal): Promise<Lease | null> {
    const filter = portLeaseFilter(pool, port);
    const page = await this.listLeases({ filter, orderBy: "", pageSize: 1, pageToken: "" }, signal);
    return page.leases[0] ?? null;
  }

  /** Pages are up to 1,000 events, oldest first. */
  listLeaseEvents(
    query: { readonly leaseId: string; readonly pageToken: string },
    signal?: AbortSignal,
  ): Promise<LeaseEventPage> {
    const request = { ...query, pageSize: 1_000 };
    return this.#transport.call("portlease.v1.AdminService/ListLeaseEvents", request, signal);
  }

  /** Events of all leases since a time of the broker's wall clock, oldest first, 1,000 at most; `null` when there are more. */
  async listEventsSince(fromTime: string): Promise<readonly LeaseEvent[] | null> {
    const method = "portlease.v1.AdminService/ListLeaseEvents";
    const request = { fromTime, pageSize: 1_000 };
    const page = await this.#transport.call<LeaseEventPage>(method, request);
    return page.nextPageToken === "" ? page.events : null;
  }

  /** `pool` empty: all pools together. */
  getUsageHistory(pool: string, window: string, signal?: AbortSignal): Promise<UsageHistory> {
    const request = { pool, window };
    return this.#transport.call("portlease.v1.AdminService/GetUsageHistory", request, signal);
  }

  explainPort(port: number, protocol: string, signal?: AbortSignal): Promise<PortExplanation> {
    const request = { port, protocol };
    return this.#transport.call("portlease.v1.AdminService/ExplainPort", request, signal);
  }

  revokeLease(leaseId: string, reason: string): Promise<unknown> {
    return this.#transport.call("portlease.v1.AdminService/RevokeLease", { leaseId, reason });
  }

  drainBlock(blockId: string, undo: boolean): Promise<unknown> {
    return this.#transport.call("portlease.v1.AdminService/DrainBlock", { blockId, undo });
  }
}

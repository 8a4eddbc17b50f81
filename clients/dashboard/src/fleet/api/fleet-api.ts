// The calls of FleetService that the dashboard of the fleet makes. Each may reject with ApiError.

import type { Severity } from "../../api/messages.js";
import type { RpcTransport } from "../../api/rpc-transport.js";
import type { FleetLeasePage, FleetUpdate, ProblemPage, ServicePage } from "./fleet-messages.js";

export interface FleetLeaseQuery {
  readonly filter: string;
  readonly orderBy: string;
  readonly pageSize: number;
  readonly pageToken: string;
}

export interface ServiceQuery {
  readonly service: string;
  /** Only instances with all of these. */
  readonly labels: Readonly<Record<string, string>>;
  readonly includeStale: boolean;
  readonly pageSize: number;
  readonly pageToken: string;
}

export interface ProblemQuery {
  readonly minSeverity: Severity;
  readonly pageSize: number;
  readonly pageToken: string;
}

/** How often changes are sent at most. */
const watchInterval = "1s";

export class FleetApi {
  readonly #transport: RpcTransport;

  constructor(transport: RpcTransport) {
    this.#transport = transport;
  }

  /** The hosts; leases are asked for page by page, since two hundred thousand of them are nobody's page. */
  watchFleet(receive: (update: FleetUpdate) => void, signal: AbortSignal): Promise<void> {
    const request = { interval: watchInterval };
    const take = (message: unknown): void => receive(message as FleetUpdate);
    return this.#transport.stream("portlease.v1.FleetService/WatchFleet", request, take, signal);
  }

  listLeases(query: FleetLeaseQuery, signal?: AbortSignal): Promise<FleetLeasePage> {
    return this.#transport.call("portlease.v1.FleetService/ListFleetLeases", query, signal);
  }

  findService(query: ServiceQuery, signal?: AbortSignal): Promise<ServicePage> {
    return this.#transport.call("portlease.v1.FleetService/FindService", query, signal);
  }

  listProblems(query: ProblemQuery, signal?: AbortSignal): Promise<ProblemPage> {
    return this.#transport.call("portlease.v1.FleetService/ListProblems", query, signal);
  }
}

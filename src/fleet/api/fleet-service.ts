// The handlers of FleetService: each asks the view, or the source of it, converts, and answers.

import type { ServerWritableStream } from "@grpc/grpc-js";
import {
  type FleetServiceServer,
  FleetSource_Kind,
  type GetFleetResponse,
  type WatchFleetRequest,
  type WatchFleetResponse,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import { unary } from "../../server/grpc/handler.js";
import type { Log } from "../../server/log.js";
import type { FleetSource } from "../sources/fleet-source.js";
import type { FleetReader } from "../view/fleet-reader.js";
import { findService } from "./find-service.js";
import { forgetHost } from "./forget-host.js";
import { getHost } from "./get-host.js";
import { listFleetLeases } from "./list-fleet-leases.js";
import { listHosts } from "./list-hosts.js";
import { listProblems } from "./list-problems.js";
import { toWireFleet } from "./wire-fleet.js";

export interface FleetServiceDependencies {
  /** Of the fleet server. */
  readonly version: string;
  readonly view: FleetReader;
  readonly source: Pick<FleetSource, "kind" | "addresses" | "forgetHost">;
  /** Serves WatchFleet. */
  readonly watches: {
    serve(call: ServerWritableStream<WatchFleetRequest, WatchFleetResponse>): void;
  };
  readonly log: Log;
}

const wireKinds: Readonly<Record<FleetSource["kind"], FleetSource_Kind>> = {
  etcd: FleetSource_Kind.KIND_ETCD,
  brokers: FleetSource_Kind.KIND_BROKERS,
};

export function fleetService(dependencies: FleetServiceDependencies): FleetServiceServer {
  const { view, source, watches, log } = dependencies;
  return {
    getFleet: unary(log, "GetFleet", () => getFleet(dependencies)),
    listHosts: unary(log, "ListHosts", (request, { signal }) => listHosts(view, request, signal)),
    getHost: unary(log, "GetHost", (request) => getHost(view, request)),
    listFleetLeases: unary(log, "ListFleetLeases", (request, { signal }) =>
      listFleetLeases(view, request, signal),
    ),
    watchFleet: (call) => watches.serve(call),
    findService: unary(log, "FindService", (request, { signal }) =>
      findService(view, request, signal),
    ),
    listProblems: unary(log, "ListProblems", (request) => listProblems(view, request)),
    forgetHost: unary(log, "ForgetHost", (request) => forgetHost(source, request)),
  };
}

/** The addresses of a source may change: brokers are found by DNS. */
function getFleet({ version, view, source }: FleetServiceDependencies): GetFleetResponse {
  return toWireFleet(view, {
    version,
    sourceKind: wireKinds[source.kind],
    sourceAddresses: source.addresses,
  });
}

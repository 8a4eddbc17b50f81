// The handlers of FleetService: each asks the view, or the source of it, converts, and answers.

import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../../server/domain/boundaries.js";
import { Slices } from "../../server/domain/slices.js";
import { BoundedCalls } from "../../server/grpc/bounded-calls.js";
import { type CallContext, unary } from "../../server/grpc/handler.js";
import type { Log } from "../../server/log.js";
import type { FleetSource } from "../sources/fleet-source.js";
import type { FleetReader } from "../view/fleet-reader.js";
import { findService } from "./find-service.js";
import type { FleetWatches } from "./fleet-watches.js";
import { forgetHost } from "./forget-host.js";
import { getHost } from "./get-host.js";
import { listFleetLeases } from "./list-fleet-leases.js";
import { listHosts } from "./list-hosts.js";
import { listProblems } from "./list-problems.js";
import type { ServedFleetService } from "./served-fleet-service.js";
import { longReadsMax, type Reading } from "./sliced-page.js";
import { type FleetFacts, toWireFleet } from "./wire-fleet.js";

export interface FleetServiceDependencies {
  readonly facts: FleetFacts;
  readonly view: FleetReader;
  readonly source: Pick<FleetSource, "forgetHost">;
  readonly watches: Pick<FleetWatches, "serve">;
  /** Real time. */
  readonly clock: Clock;
  readonly log: Log;
}

export function fleetService(dependencies: FleetServiceDependencies): ServedFleetService {
  const { facts, view, source, watches, clock, log } = dependencies;
  const slices = new Slices(clock, () => nextTurn());
  const longReads = new BoundedCalls(longReadsMax, "look through long lists");
  const readingOf = (method: string, { signal }: CallContext): Reading => ({
    slices,
    signal,
    beginLong: () => longReads.begin(method),
  });
  return {
    getFleet: unary(log, "GetFleet", () => toWireFleet(view, facts)),
    listHosts: unary(log, "ListHosts", (request, context) =>
      listHosts(view, request, readingOf("ListHosts", context)),
    ),
    getHost: unary(log, "GetHost", (request) => getHost(view, request)),
    listFleetLeases: unary(log, "ListFleetLeases", (request, context) =>
      listFleetLeases(view, request, readingOf("ListFleetLeases", context)),
    ),
    watchFleet: (call) => watches.serve(call),
    findService: unary(log, "FindService", (request, context) =>
      findService(view, request, readingOf("FindService", context)),
    ),
    listProblems: unary(log, "ListProblems", (request) => listProblems(view, request)),
    forgetHost: unary(log, "ForgetHost", (request) => forgetHost(source, request)),
  };
}

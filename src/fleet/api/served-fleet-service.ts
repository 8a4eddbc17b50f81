// The service as it is served: the messages of a watch come encoded, once for all watches.

import {
  type FleetServiceServer,
  FleetServiceService,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import type { WatchFleetHandler } from "./fleet-watch.js";

export const servedFleetService = {
  ...FleetServiceService,
  watchFleet: {
    ...FleetServiceService.watchFleet,
    responseSerialize: (encoded: Buffer): Buffer => encoded,
  },
};

/** `Omit` would lose the methods: the generated type lets any name stand for one. */
export type ServedFleetService = Pick<FleetServiceServer, UnaryMethod> & {
  readonly watchFleet: WatchFleetHandler;
};

type UnaryMethod =
  | "findService"
  | "forgetHost"
  | "getFleet"
  | "getHost"
  | "listFleetLeases"
  | "listHosts"
  | "listProblems";

// What the fleet server is, in the parts that it shares with the broker.

import type { HealthServices } from "../../server/grpc/health.js";
import type { ServerKind } from "../../server/server-kind.js";
import { usualHttpAddress } from "../config/usual-addresses.js";

export const fleetServerKind: ServerKind = {
  name: "fleet server",
  httpAddress: usualHttpAddress,
  dashboard: "fleet-dashboard",
  firstMethod: "/portlease.v1.FleetService/GetFleet",
  exampleMethod: "/portlease.v1.FleetService/ListHosts",
  findsHttpBy: "the log",
};

export const fleetServerHealth: HealthServices = {
  dependent: ["portlease.v1.FleetService"],
  lasting: [],
};

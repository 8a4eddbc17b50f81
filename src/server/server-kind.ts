// What tells one kind of server from another in the parts that both are made of: the broker, and the fleet server (src/fleet), which
// has the same doors, gate and limits around other services.

import { brokerHttpAddress } from "./config/http-settings.js";
import type { ListenAddress } from "./config/listen-address.js";

export interface ServerKind {
  /** What it calls itself: "the broker is stopping". */
  readonly name: "broker" | "fleet server";
  /** Where it serves HTTP when nobody says otherwise. */
  readonly httpAddress: ListenAddress;
  /** The folder of its dashboard, as the build names it. */
  readonly dashboard: "dashboard" | "fleet-dashboard";
  /** The path of a read that says what is served; {} is valid for it. */
  readonly firstMethod: string;
  /** The path of a method to name as an example. */
  readonly exampleMethod: string;
  /** What has its HTTP address when that is not the usual one. */
  readonly findsHttpBy: string;
}

export const brokerKind: ServerKind = {
  name: "broker",
  httpAddress: brokerHttpAddress,
  dashboard: "dashboard",
  firstMethod: "/portlease.v1.AdminService/GetBroker",
  exampleMethod: "/portlease.v1.AdminService/ListBlocks",
  findsHttpBy: "the discovery file",
};

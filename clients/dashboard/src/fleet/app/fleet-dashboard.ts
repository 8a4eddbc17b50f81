// What all parts of the page of the fleet share beside what every page has: the API of the fleet server, the live view of its hosts,
// and where one is.

import type { ReadonlySignal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { RpcTransport } from "../../api/rpc-transport.js";
import { LiveConnection } from "../../app/live-connection.js";
import { followRoute, openPage, openToken, type Page } from "../../app/page.js";
import { FleetApi } from "../api/fleet-api.js";
import type { FleetUpdate } from "../api/fleet-messages.js";
import { type FleetRoute, parseFleetRoute } from "../model/fleet-route.js";
import { applyUpdate, beginStream, type FleetState, nothingKnown } from "../model/fleet-state.js";

export interface FleetDashboard extends Page {
  readonly api: FleetApi;
  readonly live: LiveConnection<FleetUpdate, FleetState>;
  readonly route: ReadonlySignal<FleetRoute>;
}

/** Makes everything and connects. For the life of the page. */
export function openFleetDashboard(baseUrl: string): FleetDashboard {
  const server = "fleet server";
  const token = openToken();
  const api = new FleetApi(new RpcTransport(baseUrl, server, () => token.value.value));
  const live = new LiveConnection<FleetUpdate, FleetState>(server, {
    watch: (receive, abort) => api.watchFleet(receive, abort),
    nothingKnown,
    begin: beginStream,
    apply: applyUpdate,
  });
  return { ...openPage(server, live, token), api, live, route: followRoute(parseFleetRoute) };
}

const FleetContext = createContext<FleetDashboard | null>(null);

export const FleetProvider = FleetContext.Provider;

export function useFleet(): FleetDashboard {
  const fleet = useContext(FleetContext);
  if (fleet === null) throw new Error("there is no FleetProvider above");
  return fleet;
}

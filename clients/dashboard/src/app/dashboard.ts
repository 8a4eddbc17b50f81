// What all parts of the page of a host share beside what every page has: the broker's API, its live view, and where one is.

import type { ReadonlySignal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { BrokerApi } from "../api/broker-api.js";
import type { LiveUpdate } from "../api/messages.js";
import { RpcTransport } from "../api/rpc-transport.js";
import { applyUpdate, beginStream, type LiveState, nothingKnown } from "../model/live-state.js";
import { parseRoute, type Route } from "../model/route.js";
import { showEarlierEvents } from "./earlier-events.js";
import { LiveConnection } from "./live-connection.js";
import { followRoute, openPage, openToken, type Page } from "./page.js";

export interface Dashboard extends Page {
  readonly api: BrokerApi;
  readonly live: BrokerConnection;
  readonly route: ReadonlySignal<Route>;
}

export type BrokerConnection = LiveConnection<LiveUpdate, LiveState>;

/** Makes everything and connects. For the life of the page. */
export function openDashboard(baseUrl: string): Dashboard {
  const token = openToken();
  const api = new BrokerApi(new RpcTransport(baseUrl, "broker", () => token.value.value));
  const live: BrokerConnection = new LiveConnection("broker", {
    watch: (receive, abort) => api.watchBroker(receive, abort),
    nothingKnown,
    begin: beginStream,
    apply: applyUpdate,
  });
  showEarlierEvents(api, live);
  return { ...openPage("broker", live, token), api, live, route: followRoute(parseRoute) };
}

const DashboardContext = createContext<Dashboard | null>(null);

export const DashboardProvider = DashboardContext.Provider;

export function useDashboard(): Dashboard {
  const dashboard = useContext(DashboardContext);
  if (dashboard === null) throw new Error("there is no DashboardProvider above");
  return dashboard;
}

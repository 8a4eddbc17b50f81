// What all parts of the page share: the API, the live view, the token, the theme, where one is and what time it is.

import { type ReadonlySignal, signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { BrokerApi } from "../api/broker-api.js";
import { RpcTransport } from "../api/rpc-transport.js";
import { parseRoute, type Route } from "../model/route.js";
import { AccessToken } from "./access-token.js";
import { showEarlierEvents } from "./earlier-events.js";
import { LiveConnection } from "./live-connection.js";
import { ThemeChoice } from "./theme-choice.js";

export interface Dashboard {
  readonly api: BrokerApi;
  readonly live: LiveConnection;
  readonly token: AccessToken;
  readonly theme: ThemeChoice;
  readonly route: ReadonlySignal<Route>;
  /** This browser's clock, each second. */
  readonly nowMs: ReadonlySignal<number>;
}

/** Makes everything and connects. For the life of the page. */
export function openDashboard(baseUrl: string): Dashboard {
  const token = new AccessToken(storageOrNull(() => sessionStorage));
  const api = new BrokerApi(new RpcTransport(baseUrl, () => token.value.value));
  const live = new LiveConnection((receive, abort) => api.watchBroker(receive, abort));
  showEarlierEvents(api, live);
  const route = signal(parseRoute(location.hash));
  addEventListener("hashchange", () => (route.value = parseRoute(location.hash)));
  const nowMs = signal(Date.now());
  setInterval(() => (nowMs.value = Date.now()), 1_000);
  addEventListener("online", () => live.connect());
  // At once; and another token may see more, or nothing any more.
  token.value.subscribe(() => live.connect());
  return {
    api,
    live,
    token,
    theme: new ThemeChoice(storageOrNull(() => localStorage)),
    route,
    nowMs,
  };
}

/** Browsers that keep nothing throw: https://html.spec.whatwg.org/multipage/webstorage.html#dom-sessionstorage */
function storageOrNull(open: () => Storage): Storage | null {
  try {
    return open();
  } catch {
    return null;
  }
}

const DashboardContext = createContext<Dashboard | null>(null);

export const DashboardProvider = DashboardContext.Provider;

export function useDashboard(): Dashboard {
  const dashboard = useContext(DashboardContext);
  if (dashboard === null) throw new Error("there is no DashboardProvider above");
  return dashboard;
}

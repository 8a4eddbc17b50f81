// What the pages of both dashboards share, that of a host and that of the fleet: the connection to the server, the token, the theme,
// where one is and what time it is.

import { type ReadonlySignal, signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Connection } from "../model/connection-text.js";
import { AccessToken } from "./access-token.js";
import { ThemeChoice } from "./theme-choice.js";

/** What serves the page, as it is called in its sentences. */
export type ServerName = "broker" | "fleet server";

export interface PageConnection {
  readonly connection: ReadonlySignal<Connection>;
  /** When the last message came, by this browser's clock; `null` before the first. */
  readonly heardAtMs: ReadonlySignal<number | null>;
  /** Connects now, anew where there is a connection. */
  connect(): void;
}

export interface Page {
  readonly server: ServerName;
  readonly live: PageConnection;
  readonly token: AccessToken;
  readonly theme: ThemeChoice;
  /** This browser's clock, each second. */
  readonly nowMs: ReadonlySignal<number>;
}

/** Connects. For the life of the page. */
export function openPage(server: ServerName, live: PageConnection, token: AccessToken): Page {
  const nowMs = signal(Date.now());
  setInterval(() => (nowMs.value = Date.now()), 1_000);
  addEventListener("online", () => live.connect());
  // At once; and another token may see more, or nothing any more.
  token.value.subscribe(() => live.connect());
  return { server, live, token, theme: new ThemeChoice(storageOrNull(() => localStorage)), nowMs };
}

/** The token that this tab kept. */
export function openToken(): AccessToken {
  return new AccessToken(storageOrNull(() => sessionStorage));
}

/** Where one is, followed as the part of the address after "#" changes. */
export function followRoute<R>(parse: (hash: string) => R): ReadonlySignal<R> {
  const route = signal(parse(location.hash));
  addEventListener("hashchange", () => (route.value = parse(location.hash)));
  return route;
}

/** Browsers that keep nothing throw: https://html.spec.whatwg.org/multipage/webstorage.html#dom-sessionstorage */
function storageOrNull(open: () => Storage): Storage | null {
  try {
    return open();
  } catch {
    return null;
  }
}

const PageContext = createContext<Page | null>(null);

export const PageProvider = PageContext.Provider;

export function usePage(): Page {
  const page = useContext(PageContext);
  if (page === null) throw new Error("there is no PageProvider above");
  return page;
}

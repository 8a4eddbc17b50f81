// Whether a request may have been made by a page of somebody else's: a browser on this host speaks to loopback for any page that
// its user looks at (DNS rebinding, cross-site requests; semantics.md 12). Programs that are no browsers name the right host, and
// send none of the other headers.

import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { isLoopback } from "../config/listen-address.js";
import { HttpRefusal, shownName } from "./refusal.js";

export interface HostRules {
  /** Names besides addresses and localhost, in lower case: of http.listen and http.allowedHosts. */
  readonly names: ReadonlySet<string>;
  /** Those of http.allowedHosts: a proxy may serve them by any scheme and port. */
  readonly proxied: ReadonlySet<string>;
  readonly secured: boolean;
  /** What kind of server this is: "broker". */
  readonly server: string;
}

export function hostRulesOf(
  listenHost: string,
  allowedHosts: readonly string[],
  secured: boolean,
  server: string,
): HostRules {
  return {
    names: new Set([listenHost.toLowerCase(), ...allowedHosts]),
    proxied: new Set(allowedHosts),
    secured,
    server,
  };
}

/** Throws HttpRefusal 421: a name that is made to point here by others is never one of ours. */
export function checkHost({ headers, socket }: IncomingMessage, rules: HostRules): void {
  const host = hostNameOf(headers.host ?? "");
  if (host !== null && isOurs(host, socket.localAddress, rules)) return;
  const named = headers.host === undefined ? "no host" : `the host "${shownName(headers.host)}"`;
  throw new HttpRefusal(
    421,
    `the request names ${named}, and this ${rules.server} does not go by that name; use the address that it listens on, or add the name to ` +
      "http.allowedHosts",
  );
}

/**
 * Throws HttpRefusal 403 for what a browser says to come from another page. Only `navigation`, to what everybody may see, may begin
 * there: a link is no harm.
 */
export function checkOrigin(
  { headers }: IncomingMessage,
  rules: HostRules,
  navigation: boolean,
): void {
  const { origin, host = "" } = headers;
  if (origin !== undefined && !isOwnOrigin(origin, host, rules)) throw foreign();
  // https://www.w3.org/TR/fetch-metadata/ : "none" is a user's own doing. Other ports of this host are "same-site".
  const site = headers["sec-fetch-site"];
  if (site === undefined || site === "same-origin" || site === "none") return;
  if (navigation && headers["sec-fetch-mode"] === "navigate") return;
  throw foreign();
}

function foreign(): HttpRefusal {
  return new HttpRefusal(
    403,
    "a browser sent this for a page of somebody else; open the dashboard itself, or call from a program",
  );
}

function isOurs(host: string, localAddress: string | undefined, { names }: HostRules): boolean {
  if (isIP(host) !== 0)
    return isLoopback(host) || sameAddress(host, localAddress) || names.has(host);
  return host === "localhost" || host.endsWith(".localhost") || names.has(host);
}

/** An IPv4 address that an IPv6 socket took is told as "::ffff:192.0.2.1". */
function sameAddress(host: string, localAddress = ""): boolean {
  return localAddress === host || localAddress === `::ffff:${host}`;
}

/** Without port and brackets, in lower case; `null` for what is no host. */
function hostNameOf(text: string): string | null {
  const match = /^(?:\[([\da-f:.]+)\]|([a-z\d._-]+))(?::\d{1,5})?$/i.exec(text);
  const name = match?.[1] ?? match?.[2];
  return name === undefined ? null : name.toLowerCase().replace(/\.$/, "");
}

/** The page's own host and scheme; behind a proxy that ends TLS the scheme is the proxy's, and the host one that is allowed. */
function isOwnOrigin(origin: string, host: string, { proxied, secured }: HostRules): boolean {
  const [, scheme = "", authority = ""] = /^(https?):\/\/([^/]+)$/i.exec(origin) ?? [];
  if (proxied.has(hostNameOf(authority) ?? "")) return true;
  const ours = secured ? "https" : "http";
  return scheme.toLowerCase() === ours && authority.toLowerCase() === host.toLowerCase();
}

// How a host stands, in words: whether it is heard from, and what was found at its address where it is not.

import { roughSpanText } from "../../model/format.js";
import type { Severity } from "../../api/messages.js";
import { type Level, levelOf } from "../../model/verdict.js";
import type { Host, HostProbe } from "../api/fleet-messages.js";

/** One or two words. */
export function stateText({ state }: Host): string {
  switch (state) {
    case "STATE_HEARD_FROM":
      return "heard from";
    case "STATE_NOT_HEARD_FROM":
      return "not heard from";
    case "STATE_STOPPED":
      return "stopped";
    case "STATE_UNSPECIFIED":
      return "unknown";
  }
}

const probeTexts: Readonly<Record<HostProbe, string>> = {
  PROBE_UNSPECIFIED: "its address has not been tried yet",
  PROBE_BROKER_ANSWERS:
    "something answers at its broker's address: the broker runs, and does not reach what this fleet server listens to",
  PROBE_HOST_ANSWERS: "the host answers, its broker does not",
  PROBE_NO_ANSWER: "nothing answers: host down, or the network or a firewall in between",
  PROBE_UNKNOWN:
    "whether it is the broker or the host cannot be told: it says no address that others can reach",
};

/** What the probe says of a host that is not heard from. */
export function probeText({ probe }: Host): string {
  return probeTexts[probe];
}

/** "not heard from for about 3 minutes; the host answers, its broker does not" */
export function hostSentence(host: Host, nowMs: number): string {
  switch (host.state) {
    case "STATE_NOT_HEARD_FROM":
      return `not heard from ${silenceText(host, nowMs)}`;
    case "STATE_STOPPED":
      return `stopped in an orderly way, ${heardSpanText(host, nowMs)} ago`;
    default:
      return host.problems.length === 0 ? stateText(host) : `${stateText(host)}, with problems`;
  }
}

/** What else is said of a host that is not heard from: "for about 3 minutes; the host answers, its broker does not" */
export function silenceText(host: Host, nowMs: number): string {
  return `for ${heardSpanText(host, nowMs)}; ${probeText(host)}`;
}

/** For how long the host has not said anything: "about 3 minutes". */
export function heardSpanText({ lastHeardTime }: Host, nowMs: number): string {
  const heardMs = Date.parse(lastHeardTime ?? "");
  return Number.isNaN(heardMs) ? "an unknown time" : roughSpanText(Math.max(0, nowMs - heardMs));
}

/** How bad it is that a host is not heard from: it is not known to be down before somebody has knocked. */
export function silenceSeverity({ probe }: Host): Severity {
  const isDown = probe === "PROBE_HOST_ANSWERS" || probe === "PROBE_NO_ANSWER";
  return isDown ? "SEVERITY_CRITICAL" : "SEVERITY_WARNING";
}

/** How bad it is. */
export function hostLevel(host: Host): Level {
  if (host.state === "STATE_NOT_HEARD_FROM") return levelOf(silenceSeverity(host));
  if (host.state !== "STATE_HEARD_FROM") return "unknown";
  const [worst] = host.problems;
  return worst === undefined ? "well" : levelOf(worst.severity);
}

/** Percent of the ports that are not free, 0 to 100; 0 where there are none. Only a full host has 100. */
export function utilisation({ usage }: Pick<Host, "usage">): number {
  if (usage === undefined || usage.total === 0) return 0;
  if (usage.free === 0) return 100;
  return Math.min(99, Math.round((100 * (usage.total - usage.free)) / usage.total));
}

/** True when the address is one of the machine itself, where no other one reaches it. */
export function isLoopbackName(name: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(name);
}

/** Where a host's own dashboard is, and whether it can be opened from a page that was opened at `pageHostname`. */
export function dashboardReach(
  { dashboardUrl }: Host,
  pageHostname: string,
): "none" | "open" | "same-machine" | "elsewhere" {
  const hostname = hostnameOf(dashboardUrl);
  if (hostname === null) return "none";
  if (!isLoopbackName(hostname)) return "open";
  return isLoopbackName(pageHostname) ? "same-machine" : "elsewhere";
}

/** Only of addresses of web pages: what a host says is not trusted to be one. */
function hostnameOf(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { protocol, hostname } = new URL(url);
  return protocol === "http:" || protocol === "https:" ? hostname : null;
}

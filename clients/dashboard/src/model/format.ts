// Numbers, times and names of the API as people read them. English, like the rest of the product.

import type { Lease } from "../api/messages.js";

const counts = new Intl.NumberFormat("en-US");

/** "10,000" */
export function countText(value: number): string {
  return counts.format(value);
}

/** "1 port", "1,024 ports" */
export function plural(count: number, word: string): string {
  return `${countText(count)} ${word}${count === 1 ? "" : "s"}`;
}

/** Milliseconds of a duration of the API, such as "30s" or "1.500s"; `null` when unset or not one. */
export function durationMs(text: string | undefined): number | null {
  const match = /^(-?\d+(?:\.\d+)?)s$/.exec(text ?? "");
  return match === null ? null : Math.round(Number(match[1]) * 1_000);
}

const units = [
  { suffix: "d", ms: 86_400_000 },
  { suffix: "h", ms: 3_600_000 },
  { suffix: "m", ms: 60_000 },
  { suffix: "s", ms: 1_000 },
];

/** The two largest units: "2 d 3 h", "4 m 10 s", "9 s"; below a second "0 s". Negative counts as none. */
export function spanText(spanMs: number): string {
  let rest = Math.max(0, Math.floor(spanMs / 1_000) * 1_000);
  const parts: string[] = [];
  for (const { suffix, ms } of units) {
    const count = Math.floor(rest / ms);
    rest -= count * ms;
    // A unit that lies between two told ones is told as well, and none after the second.
    if (count > 0 || parts.length > 0) parts.push(`${count} ${suffix}`);
    if (parts.length === 2) break;
  }
  const told = parts.filter((part, index) => index === 0 || !part.startsWith("0 "));
  return told.length === 0 ? "0 s" : told.join(" ");
}

/** "about 12 minutes": one unit, because an estimate has no more. */
export function roughSpanText(spanMs: number): string {
  const minutes = spanMs / 60_000;
  if (minutes < 1) return "less than a minute";
  if (minutes < 90) return `about ${plural(Math.round(minutes), "minute")}`;
  const hours = minutes / 60;
  if (hours < 36) return `about ${plural(Math.round(hours), "hour")}`;
  return `about ${plural(Math.round(hours / 24), "day")}`;
}

/** "14:03:07" of this browser's time zone; "–" when unset. */
export function clockText(time: string | undefined): string {
  const date = parsed(time);
  return date === null
    ? "–"
    : `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** "2026-11-26 14:03:07" of this browser's time zone; "–" when unset. */
export function dateTimeText(time: string | undefined): string {
  const date = parsed(time);
  if (date === null) return "–";
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clockText(time)}`;
}

function parsed(time: string | undefined): Date | null {
  if (time === undefined) return null;
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? null : date;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** "RESERVATION_KIND_HELD" without its prefix as "held"; "LEASE_END_REASON_HOLDER_EXITED" as "holder exited". */
export function enumText(name: string, prefix: string): string {
  return name.replace(prefix, "").toLowerCase().replaceAll("_", " ");
}

/** "TCP", "UDP", "TCP + UDP" */
export function protocolText(protocol: string): string {
  return protocol.replace("PROTOCOL_", "").replace("_AND_", " + ");
}

/** "20000" or "20000-20007" */
export function portsText(firstPort: number, portCount: number): string {
  return portCount > 1 ? `${firstPort}-${firstPort + portCount - 1}` : String(firstPort);
}

/** "orders / 1", "orders", "unnamed" */
export function holderText(lease: Lease): string {
  const { service = "", instance = "" } = lease.holder ?? {};
  const name = service === "" ? "unnamed" : service;
  return instance === "" ? name : `${name} / ${instance}`;
}

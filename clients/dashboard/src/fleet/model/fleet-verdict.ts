// The state of the fleet in one sentence, and how bad it is: what one reads in three seconds.

import { clockText, countText, plural } from "../../model/format.js";
import { sentence } from "../../model/remedy.js";
import { levelOf, problemTitle, type Level } from "../../model/verdict.js";
import type { Fleet, FleetSource } from "../api/fleet-messages.js";
import type { FleetState } from "./fleet-state.js";
import { allProblems, messageText, type ProblemGroup, problemGroups } from "./fleet-problems.js";

export interface FleetVerdict {
  readonly level: Level;
  readonly title: string;
  /** A sentence with the numbers. May be empty. */
  readonly detail: string;
}

export function fleetVerdict(state: FleetState): FleetVerdict {
  const { fleet } = state;
  if (fleet === null) return { level: "unknown", title: "Connecting", detail: "" };
  const [worst] = problemGroups(allProblems(state));
  if (worst === undefined || worst.first.severity === "SEVERITY_INFO") {
    return fleet.hosts === 0
      ? { level: "info", title: "No hosts yet", detail: "No broker has been heard." }
      : { level: "well", title: "All well", detail: wellDetail(fleet) };
  }
  const { first, hostIds } = worst;
  const [hostId = "", ...others] = hostIds;
  return {
    level: levelOf(first.severity),
    title: groupTitle(worst),
    detail: others.length > 0 ? wellDetail(fleet) : messageText({ hostId, problem: first }),
  };
}

/** "Stranger on a leased port on 3 hosts", "2 hosts not heard from" */
export function groupTitle({ reason, first, hostIds }: ProblemGroup): string {
  if (reason === "HOST_NOT_HEARD_FROM") return `${plural(hostIds.length, "host")} not heard from`;
  const title = problemTitle(first);
  return hostIds.length > 1 ? `${title} on ${plural(hostIds.length, "host")}` : title;
}

function wellDetail({ hosts, hostsHeardFrom, leases, usage }: Fleet): string {
  const heard =
    hosts === hostsHeardFrom
      ? `${plural(hosts, "host")} heard from`
      : `${countText(hostsHeardFrom)} of ${plural(hosts, "host")} heard from`;
  const ports =
    usage === undefined ? "" : `, ${countText(usage.free)} of ${plural(usage.total, "port")} free`;
  return `${heard}, ${plural(leases, "lease")}${ports}.`;
}

/** What is said of a view that is not of now; `null` when it is. */
export function sourceNotice(
  source: FleetSource | undefined,
): { readonly title: string; readonly detail: string } | null {
  if (source === undefined || source.connected) return null;
  const name = source.kind === "KIND_ETCD" ? "etcd" : "the brokers";
  const title =
    source.lastHeardTime === undefined
      ? `Nothing has been heard from ${name} yet.`
      : `As of ${clockText(source.lastHeardTime)}: ${name} ${source.kind === "KIND_ETCD" ? "does" : "do"} not answer.`;
  return { title, detail: sentence(source.detail) };
}

// Who is bound to a port, and what that means for its lease. Names a stranger or an orphan only when it is proven; any doubt is
// "bound", by somebody.

import type { HostPorts, ObservedSocket, PortHolder } from "@portlease/native";
import type { OwnerStandings } from "../blocks/owner-standing.js";
import type { PortJudgement, PortQuestion } from "../domain/audit-boundaries.js";
import type { HolderProcess } from "../domain/records.js";
import { isWaiting } from "./port-sightings.js";

/** What the host shows of one port. `sockets` may lack those that are bound without listening; `owners` has whom it can. */
export interface PortSight {
  readonly sockets: readonly ObservedSocket[];
  readonly owners: readonly PortHolder[];
}

/** The family of so many processes is found out pair by pair; of more it is not. */
const familyMax = 16;

export function judgePort(
  host: Pick<HostPorts, "hasProcessEnded">,
  standings: OwnerStandings,
  { sockets, owners }: PortSight,
  { holder, leased }: Pick<PortQuestion, "holder" | "leased">,
): PortJudgement {
  if (sockets.length === 0 && owners.length === 0)
    return judgement("unbound", "nobody is bound to it");
  const gone = owners.filter(
    ({ processId, processName }) => processName === "" && !standings.isAlive(processId),
  );
  if (gone.length > 0 && gone.length === owners.length) return judgeGone(gone, holder, leased);
  const proven = holder !== null && holder.proven && holder.startTime !== null ? holder : null;
  if (proven !== null && hasEnded(host, proven)) {
    return judgement(
      "orphaned",
      `its holder, process ${proven.processId}, has ended, and ${nameOf(owners[0])} still has its socket`,
      owners[0],
    );
  }
  if (owners.length === 0) {
    return judgement("bound", "somebody is bound to it, and the operating system does not say who");
  }
  const listeners = sockets.filter(isWaiting).length;
  return proven === null
    ? judgeUnproven(standings, owners, listeners)
    : judgeProven(standings, owners, listeners, sockets, proven);
}

/**
 * All whom the tables name have ended. Windows names who bound a socket (docs/windows.md), so for one that was handed over it may
 * be a broker that was restarted since; only of the holder itself does it say that the socket outlived it.
 */
function judgeGone(
  gone: readonly PortHolder[],
  holder: HolderProcess | null,
  leased: boolean,
): PortJudgement {
  const own = leased ? gone.find(({ processId }) => processId === holder?.processId) : gone[0];
  if (own === undefined) {
    const { processId } = gone[0] ?? { processId: 0 };
    const detail = `process ${processId} bound it and has ended, and somebody has its socket`;
    return judgement("bound", detail);
  }
  const detail = `a socket on it is still there though its process ${own.processId} has ended`;
  return judgement("orphaned", detail, own);
}

function judgeProven(
  standings: OwnerStandings,
  owners: readonly PortHolder[],
  listeners: number,
  sockets: readonly ObservedSocket[],
  holder: HolderProcess,
): PortJudgement {
  const unrelated = owners.filter((owner) => standings.standingOf(owner, holder) === "unrelated");
  const stranger = unrelated[0];
  if (stranger === undefined) {
    const own = owners.find((owner) => standings.standingOf(owner, holder) === "holder");
    const who = own ?? owners[0];
    return judgement("bound", `${nameOf(who)} is bound to it`, who);
  }
  if (unrelated.length === owners.length) {
    // Where the table names owners, a socket without one may be the holder's.
    const named = sockets.filter(({ processId }) => processId !== null).length;
    if (named > 0 && named < sockets.length) {
      return judgement("bound", "the operating system does not name everybody who is bound to it");
    }
    return judgement("stranger", `${nameOf(stranger)} is bound to it`, stranger);
  }
  // One socket that both have is one that the holder passed on.
  if (listeners < 2) return judgement("bound", `${nameOf(owners[0])} is bound to it`, owners[0]);
  return {
    ...judgement("stranger", `${nameOf(stranger)} listens on it beside its holder`, stranger),
    contested: true,
  };
}

/** Nobody knows who the holder is: anybody may be. */
function judgeUnproven(
  standings: OwnerStandings,
  owners: readonly PortHolder[],
  listeners: number,
): PortJudgement {
  const [first] = owners;
  const apart = listeners < 2 ? null : findApart(standings, owners);
  if (apart === null) return judgement("bound", `${nameOf(first)} is bound to it`, first);
  const other = owners.find((owner) => owner !== apart);
  const detail = `${nameOf(apart)} listens on it beside ${nameOf(other)}`;
  return { ...judgement("bound", detail, apart), contested: true };
}

/** One that neither started any of the others nor was started by one; `null` when there is none. */
function findApart(standings: OwnerStandings, owners: readonly PortHolder[]): PortHolder | null {
  if (owners.length > familyMax) return null;
  const related = (a: PortHolder, b: PortHolder): boolean =>
    // What cannot be told is taken for family: an alarm needs more than a doubt.
    standings.isDescendant(a.processId, b.processId) !== false ||
    standings.isDescendant(b.processId, a.processId) !== false;
  const isApart = (owner: PortHolder): boolean =>
    owners.length > 1 && owners.every((other) => other === owner || !related(owner, other));
  // The last one: it is the more likely to have come second.
  return owners.findLast(isApart) ?? null;
}

function hasEnded(host: Pick<HostPorts, "hasProcessEnded">, holder: HolderProcess): boolean {
  const { processId, startTime } = holder;
  return startTime !== null && host.hasProcessEnded({ processId, startTime }) === true;
}

function nameOf(owner: PortHolder | undefined): string {
  if (owner === undefined) return "somebody whom the operating system does not name";
  const { processId, processName } = owner;
  return processName === "" ? `process ${processId}` : `process ${processId} (${processName})`;
}

function judgement(
  binding: PortJudgement["binding"],
  detail: string,
  owner: PortHolder = { processId: 0, processName: "" },
): PortJudgement {
  const { processId, processName } = owner;
  return { binding, contested: false, processId, processName, detail };
}

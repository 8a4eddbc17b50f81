// What is wrong in the fleet, those first that hurt somebody now; the same of many hosts is told once.

import type { VNode } from "preact";
import { countText, plural } from "../../model/format.js";
import { ProblemItem } from "../../parts/problem-item.js";
import { RemedyText } from "../../parts/remedy.js";
import type { FleetProblems } from "../api/fleet-messages.js";
import { type ProblemGroup, problemGroups } from "../model/fleet-problems.js";
import { hostLink } from "../model/fleet-route.js";

/** More of them push the hosts out of sight. */
const groupsShown = 4;
const hostsShown = 6;

export function ProblemGroups({ problems }: { readonly problems: FleetProblems }): VNode | null {
  const groups = problemGroups(problems);
  if (groups.length === 0) return null;
  const isAll = groups.length <= groupsShown && problems.totalSize === problems.problems.length;
  return (
    <section class="card problems" aria-labelledby="problems-title">
      <div class="card-head">
        <h2 id="problems-title">{plural(problems.totalSize, "thing")} to look at</h2>
        <a href="#/problems">All problems</a>
      </div>
      <ul>
        {groups.slice(0, groupsShown).map((group) => (
          <GroupItem key={group.reason} group={group} />
        ))}
      </ul>
      {!isAll && (
        <p class="quiet hint problems-more">
          The most urgent of {countText(problems.totalSize)} are shown.
        </p>
      )}
    </section>
  );
}

function GroupItem({ group }: { readonly group: ProblemGroup }): VNode {
  const { first, hostIds } = group;
  return (
    <ProblemItem
      problem={first}
      where={
        hostIds.length > 1 && (
          <span class="quiet"> on {plural(hostIds.length, "host")}, such as: </span>
        )
      }
    >
      <RemedyText text={first.remedy} />
      {hostIds.length > 0 && (
        <p class="links">
          {hostIds.slice(0, hostsShown).map((hostId) => (
            <a key={hostId} href={hostLink(hostId)}>
              {hostId}
            </a>
          ))}
          {hostIds.length > hostsShown && (
            <span class="quiet">{countText(hostIds.length - hostsShown)} more</span>
          )}
        </p>
      )}
    </ProblemItem>
  );
}

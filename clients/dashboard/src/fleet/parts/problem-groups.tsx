// What is wrong in the fleet, those first that hurt somebody now; the same of many hosts is told once.

import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import { countText, plural } from "../../model/format.js";
import { problemTitle } from "../../model/verdict.js";
import { ProblemItem } from "../../parts/problem-item.js";
import { RemedyText } from "../../parts/remedy.js";
import { useFleet } from "../app/fleet-dashboard.js";
import {
  allProblems,
  messageText,
  type ProblemGroup,
  problemGroups,
} from "../model/fleet-problems.js";
import { hostLink } from "../model/fleet-route.js";
import { groupTitle } from "../model/fleet-verdict.js";

/** More of them push the hosts out of sight. */
const groupsShown = 4;
const hostsShown = 6;

export function ProblemGroups(): VNode | null {
  const { live } = useFleet();
  const { problems, hosts } = live.state.value;
  const groups = useMemo(() => problemGroups(allProblems({ problems, hosts })), [problems, hosts]);
  if (groups.length === 0) return null;
  const [shown, hidden] = [groups.slice(0, groupsShown), groups.slice(groupsShown)];
  return (
    <section class="card problems" aria-labelledby="problems-title">
      <div class="card-head">
        <h2 id="problems-title">{plural(problems.totalSize, "thing")} to look at</h2>
        <a href="#/problems">All problems</a>
      </div>
      <ul>
        {shown.map((group) => (
          <GroupItem key={group.reason} group={group} />
        ))}
      </ul>
      {hidden.length > 0 && (
        <p class="quiet hint problems-more">
          Less urgent: {hidden.map(({ first }) => problemTitle(first).toLowerCase()).join(", ")}.
        </p>
      )}
    </section>
  );
}

function GroupItem({ group }: { readonly group: ProblemGroup }): VNode {
  const { first, hostIds } = group;
  const [hostId = "", ...others] = hostIds;
  return (
    <ProblemItem
      problem={first}
      title={groupTitle(group)}
      message={messageText({ hostId, problem: first })}
    >
      {/* What mends the one of them mends no other. */}
      {others.length === 0 && <RemedyText text={first.remedy} />}
      {hostId !== "" && (
        <p class="links">
          {hostIds.slice(0, hostsShown).map((each) => (
            <a key={each} href={hostLink(each)}>
              {each}
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

// All problems of the fleet, the worst first, each with its host and what mends it.

import type { VNode } from "preact";
import type { Severity } from "../../api/messages.js";
import { useLoaded } from "../../app/use-loaded.js";
import { usePages, useStepBack } from "../../app/use-pages.js";
import { Empty, Loading, Refusal } from "../../parts/notice.js";
import { Pager } from "../../parts/pager.js";
import { ProblemItem } from "../../parts/problem-item.js";
import { RemedyText } from "../../parts/remedy.js";
import { useFleet } from "../app/fleet-dashboard.js";
import type { FleetProblem } from "../api/fleet-messages.js";
import { problemKey } from "../model/fleet-problems.js";
import { hostLink, withQuery } from "../model/fleet-route.js";

const pageSize = 50;
const refreshEveryMs = 3_000;

const choices: readonly {
  readonly key: string;
  readonly label: string;
  readonly minSeverity: Severity;
}[] = [
  { key: "", label: "all", minSeverity: "SEVERITY_UNSPECIFIED" },
  { key: "warning", label: "warnings and worse", minSeverity: "SEVERITY_WARNING" },
  { key: "critical", label: "critical", minSeverity: "SEVERITY_CRITICAL" },
];

export function FleetProblemsView({ query }: { readonly query: URLSearchParams }): VNode {
  const severity = query.get("severity") ?? "";
  const chosen = choices.find(({ key }) => key === severity);
  return (
    <>
      <div class="page-head">
        <h1>Problems</h1>
        <div class="segments" role="group" aria-label="Which problems">
          {choices.map(({ key, label }) => (
            <button
              key={key}
              type="button"
              aria-pressed={key === severity}
              onClick={() => location.replace(withQuery("#/problems", { severity: key }))}
            >
              {label}
            </button>
          ))}
        </div>
      </div>
      <ProblemPages minSeverity={chosen?.minSeverity ?? "SEVERITY_UNSPECIFIED"} />
    </>
  );
}

function ProblemPages({ minSeverity }: { readonly minSeverity: Severity }): VNode {
  const { api, live } = useFleet();
  const pages = usePages(minSeverity);
  const { data, error } = useLoaded(
    `${minSeverity}\n${pages.pageToken}`,
    (signal) => api.listProblems({ minSeverity, pageSize, pageToken: pages.pageToken }, signal),
    { everyMs: refreshEveryMs, keep: true, stamp: live.state.value.fleet?.changes ?? "" },
  );
  useStepBack(pages, data !== null && data.problems.length === 0);
  if (data === null)
    return error === null ? <Loading what="problems" /> : <Refusal error={error} />;
  if (data.problems.length === 0) return <Empty title="Nothing is wrong" />;
  return (
    <section class="card problems" aria-label="Problems, the worst first">
      {error !== null && <Refusal error={error} />}
      <ul>
        {data.problems.map((each) => (
          <FleetProblemItem key={problemKey(each)} each={each} />
        ))}
      </ul>
      <Pager
        first={pages.index * pageSize + 1}
        shown={data.problems.length}
        total={data.totalSize}
        onPrevious={pages.previous}
        onNext={pages.next(data.nextPageToken)}
      />
    </section>
  );
}

function FleetProblemItem({ each }: { readonly each: FleetProblem }): VNode | null {
  const { hostId, problem } = each;
  if (problem === undefined) return null;
  return (
    <ProblemItem
      problem={problem}
      where={
        hostId !== "" && (
          <a class="problem-host" href={hostLink(hostId)}>
            {hostId}
          </a>
        )
      }
    >
      <RemedyText text={problem.remedy} />
    </ProblemItem>
  );
}

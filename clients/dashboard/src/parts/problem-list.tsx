// What else is wrong, the worst first, each with what mends it. The worst of all is told by the verdict.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { Problem } from "../api/messages.js";
import { explainLink, leaseLink } from "../model/route.js";
import { ProblemItem } from "./problem-item.js";
import { RemedyText } from "./remedy.js";

/** More of them push the ports out of sight. */
const shownAtFirst = 4;

export function ProblemList({ problems }: { readonly problems: readonly Problem[] }): VNode | null {
  const [isOpen, setOpen] = useState(false);
  if (problems.length === 0) return null;
  const shown = isOpen ? problems : problems.slice(0, shownAtFirst);
  return (
    <section class="card problems" aria-labelledby="problems-title">
      <h2 id="problems-title">
        {problems.length === 1
          ? "One more thing to look at"
          : `${problems.length} more things to look at`}
      </h2>
      <ul>
        {shown.map((problem) => (
          <ProblemItem key={keyOf(problem)} problem={problem}>
            <ProblemHelp problem={problem} />
          </ProblemItem>
        ))}
      </ul>
      {problems.length > shownAtFirst && (
        <p class="actions">
          <button
            type="button"
            class="button small"
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
          >
            {isOpen ? "Show fewer" : `Show all ${problems.length}`}
          </button>
        </p>
      )}
    </section>
  );
}

/** What mends it, and where more is said of it. */
export function ProblemHelp({ problem }: { readonly problem: Problem }): VNode | null {
  const { remedy, port, leaseId } = problem;
  if (remedy === "" && port === 0 && leaseId === "") return null;
  return (
    <>
      <RemedyText text={remedy} />
      {(port !== 0 || leaseId !== "") && (
        <p class="links">
          {leaseId !== "" && <a href={leaseLink(leaseId)}>Open lease</a>}
          {port !== 0 && <a href={explainLink(port)}>Explain port {port}</a>}
        </p>
      )}
    </>
  );
}

function keyOf({ reason, pool, blockId, port, leaseId }: Problem): string {
  return [reason, pool, blockId, port, leaseId].join(" ");
}

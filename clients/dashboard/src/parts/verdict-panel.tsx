// How the host is, in one line that is read first, with what the broker says of itself below.

import type { VNode } from "preact";
import { useDashboard } from "../app/dashboard.js";
import type { Broker } from "../api/messages.js";
import { dateTimeText, enumText, spanText } from "../model/format.js";
import { verdictOf } from "../model/verdict.js";
import { LevelIcon } from "./icons.js";
import { ProblemHelp } from "./problem-list.js";

export function VerdictPanel(): VNode {
  const { live } = useDashboard();
  const { broker } = live.state.value;
  const isLost = live.connection.value.kind === "lost";
  const verdict = verdictOf(broker);
  const level = isLost ? "unknown" : verdict.level;
  return (
    <section class={`verdict verdict-${level}`} aria-label="State of the host">
      <LevelIcon level={level} />
      <div class="verdict-text">
        <h1 aria-live="polite">
          {isLost ? "Unknown" : verdict.title}
          <span class="verdict-detail">
            {isLost ? `It was: ${verdict.title}. ${verdict.detail}` : verdict.detail}
          </span>
        </h1>
        {verdict.problem !== null && (
          <div class="verdict-help">
            <ProblemHelp problem={verdict.problem} />
          </div>
        )}
      </div>
      {broker !== null && <BrokerFacts broker={broker} />}
    </section>
  );
}

function BrokerFacts({ broker }: { readonly broker: Broker }): VNode {
  const { nowMs } = useDashboard();
  const startMs = Date.parse(broker.startTime ?? "");
  return (
    <dl class="facts verdict-facts">
      <div>
        <dt>State</dt>
        <dd>{enumText(broker.servingState, "SERVING_STATE_")}</dd>
      </div>
      <div>
        <dt>Version</dt>
        <dd>{broker.version}</dd>
      </div>
      <div title={`since ${dateTimeText(broker.startTime)}`}>
        <dt>Uptime</dt>
        <dd>{Number.isNaN(startMs) ? "–" : spanText(nowMs.value - startMs)}</dd>
      </div>
      <div>
        <dt>Platform</dt>
        <dd>
          {broker.platform}
          {broker.elevated ? ", elevated" : ""}
        </dd>
      </div>
    </dl>
  );
}

// The state of the host on one page: the verdict, what is wrong, the pools with their ports, their use over time, what happens.

import type { VNode } from "preact";
import { useDashboard } from "../app/dashboard.js";
import { verdictOf } from "../model/verdict.js";
import { EventList } from "../parts/event-list.js";
import { PoolPanel } from "../parts/pool-panel.js";
import { ProblemList } from "../parts/problem-list.js";
import { UsagePanel } from "../parts/usage-panel.js";
import { VerdictPanel } from "../parts/verdict-panel.js";
import { Empty } from "../parts/notice.js";

/** What fits beside the ports; all of them are on their own page. */
const recentEvents = 20;

export function Overview(): VNode {
  const { live } = useDashboard();
  const { broker, pools, blocks } = live.state.value;
  const { problem: told } = verdictOf(broker);
  return (
    <>
      <VerdictPanel />
      <ProblemList problems={(broker?.problems ?? []).filter((problem) => problem !== told)} />
      <div class="columns">
        <div class="column-main">
          {pools.map((pool) => (
            <PoolPanel
              key={pool.pool}
              pool={pool}
              blocks={blocks.filter((block) => block.pool === pool.pool)}
            />
          ))}
          {pools.length === 0 && (
            <Empty title="This broker has no pool">
              <p>The pool "default" exists always; the broker is about to make it.</p>
            </Empty>
          )}
          <UsagePanel pools={pools.map((pool) => pool.pool)} />
        </div>
        <div class="column-side">
          <RecentEvents />
        </div>
      </div>
    </>
  );
}

function RecentEvents(): VNode {
  const { live } = useDashboard();
  const { events } = live.state.value;
  return (
    <section class="card" aria-labelledby="recent-title">
      <div class="card-head">
        <h2 id="recent-title">Events</h2>
        <a href="#/events">All events</a>
      </div>
      <EventList events={events.slice(0, recentEvents)} />
    </section>
  );
}

// The numbers of a pool that tell whether it will last: how full, the largest run still grantable, who waits, and for how long the
// free ports are enough.

import type { VNode } from "preact";
import { useDashboard } from "../app/dashboard.js";
import { useLoaded } from "../app/use-loaded.js";
import type { Pool } from "../api/messages.js";
import { countText, durationMs, roughSpanText } from "../model/format.js";

/** The forecast looks at ten minutes; every half a minute is soon enough for it. */
const forecastEveryMs = 30_000;

export function PoolNumbers({ pool }: { readonly pool: Pool }): VNode | null {
  const { api } = useDashboard();
  const { data } = useLoaded(
    `exhaustion of ${pool.pool}`,
    (signal) => api.getUsageHistory(pool.pool, "600s", signal),
    { everyMs: forecastEveryMs },
  );
  const { usage } = pool;
  if (usage === undefined) return null;
  const exhaustionMs = durationMs(data?.timeToExhaustion);
  const used = usage.total === 0 ? 0 : (usage.total - usage.free) / usage.total;
  const isFull = usage.free === 0 && usage.total > 0;
  return (
    <dl class="numbers">
      <div class={isFull ? "number number-bad" : used >= 0.9 ? "number number-near" : "number"}>
        <dt>Free</dt>
        <dd>
          {countText(usage.free)} <span class="of">of {countText(usage.total)}</span>
        </dd>
      </div>
      <Figure label="Leased" value={countText(usage.leased)} />
      <Figure label="In quarantine" value={countText(usage.quarantined)} />
      <Figure label="Unavailable" value={countText(usage.unavailable)} />
      <Figure label="Largest run" value={countText(usage.largestFreeRun)} />
      <Figure label="Waiting" value={countText(pool.waitingRequests)} />
      <Figure
        label="Time to exhaustion"
        value={exhaustionText(isFull, exhaustionMs)}
        isText={exhaustionMs !== null || isFull}
      />
    </dl>
  );
}

function exhaustionText(isFull: boolean, exhaustionMs: number | null): string {
  if (isFull) return "exhausted";
  return exhaustionMs === null ? "–" : roughSpanText(exhaustionMs);
}

function Figure({
  label,
  value,
  isText = false,
}: {
  readonly label: string;
  readonly value: string;
  readonly isText?: boolean;
}): VNode {
  return (
    <div class="number">
      <dt>{label}</dt>
      <dd class={isText ? "number-words" : ""}>{value}</dd>
    </div>
  );
}

// How pools were used over the last hour or day, as a chart and as a sentence.

import type { VNode } from "preact";
import { useMemo, useState } from "preact/hooks";
import { useDashboard } from "../app/dashboard.js";
import { useLoaded } from "../app/use-loaded.js";
import { usageSentence, usageSeries } from "../model/usage-series.js";
import { Empty, Loading, Refusal } from "./notice.js";
import { FlowChart, UseChart } from "./usage-chart.js";

interface Span {
  readonly label: string;
  readonly window: string;
  /** As often as there is a new sample. */
  readonly everyMs: number;
}

const hour: Span = { label: "1 h", window: "3600s", everyMs: 10_000 };
const day: Span = { label: "24 h", window: "86400s", everyMs: 60_000 };

export function UsagePanel({ pools }: { readonly pools: readonly string[] }): VNode {
  const { api } = useDashboard();
  const [span, setSpan] = useState(hour);
  const [pool, setPool] = useState("");
  const { data, error } = useLoaded(
    `${pool} ${span.window}`,
    (signal) => api.getUsageHistory(pool, span.window, signal),
    { everyMs: span.everyMs, keep: true },
  );
  const series = useMemo(() => (data === null ? null : usageSeries(data)), [data]);
  return (
    <section class="card usage" aria-labelledby="usage-title">
      <div class="card-head">
        <h2 id="usage-title">Use over time</h2>
        <div class="page-tools">
          {pools.length > 1 && <PoolChoice pools={pools} pool={pool} onChange={setPool} />}
          <div class="segments" role="group" aria-label="How far back">
            {[hour, day].map((each) => (
              <button
                key={each.label}
                type="button"
                aria-pressed={each === span}
                onClick={() => setSpan(each)}
              >
                {each.label}
              </button>
            ))}
          </div>
        </div>
      </div>
      {error !== null && <Refusal error={error} />}
      {series === null && error === null && <Loading what="samples" />}
      {series !== null && series.times.length < 2 && (
        <Empty title="No samples yet">
          <p>The broker takes one every ten seconds while it runs.</p>
        </Empty>
      )}
      {data !== null && series !== null && series.times.length >= 2 && (
        <>
          <div class="charts">
            <UseChart series={series} label={usageSentence(data)} />
            <FlowChart series={series} />
          </div>
          <p class="quiet hint">{usageSentence(data)}</p>
        </>
      )}
    </section>
  );
}

interface PoolChoiceProps {
  readonly pools: readonly string[];
  /** Empty: all. */
  readonly pool: string;
  readonly onChange: (pool: string) => void;
}

function PoolChoice({ pools, pool, onChange }: PoolChoiceProps): VNode {
  return (
    <label class="inline-field">
      <span>Pool</span>
      <select class="input" value={pool} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">all</option>
        {pools.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

// How many leases all hosts granted in each minute of the last hour.

import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import uPlot from "uplot";
import { Chart } from "../../parts/chart.js";
import { chartColors } from "../../parts/chart-style.js";
import { Empty } from "../../parts/notice.js";
import type { MinuteGrants } from "../api/fleet-messages.js";
import { grantsSentence, grantsSeries } from "../model/grants-series.js";

export function GrantsPanel({ minutes }: { readonly minutes: readonly MinuteGrants[] }): VNode {
  const series = useMemo(() => grantsSeries(minutes), [minutes]);
  const sentence = grantsSentence(series);
  return (
    <section class="card usage" aria-labelledby="grants-title">
      <h2 id="grants-title">Grants per minute</h2>
      {series.times.length < 2 ? (
        <Empty title="No grants are known yet">
          <p>Hosts tell them in whole minutes.</p>
        </Empty>
      ) : (
        <>
          <Chart
            label={sentence}
            times={series.times}
            items={[{ label: "Grants", look: "bar", values: series.grants }]}
            describe={describe}
          />
          <p class="quiet hint">{sentence}</p>
        </>
      )}
    </section>
  );
}

function describe(): uPlot.Series[] {
  const { leased } = chartColors();
  const bars = uPlot.paths.bars?.({ size: [0.8, 16, 1] });
  const paths = bars === undefined ? {} : { paths: bars };
  return [{}, { stroke: leased, fill: leased, width: 0, points: { show: false }, ...paths }];
}

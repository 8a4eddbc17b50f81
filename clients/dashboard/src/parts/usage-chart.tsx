// The two charts of a pool's use: ports over time, and grants and refusals.

import type { VNode } from "preact";
import uPlot from "uplot";
import type { UsageSeries } from "../model/usage-series.js";
import { Chart } from "./chart.js";
import type { ChartLegendItem } from "./chart-legend.js";
import { chartColors } from "./chart-style.js";

/** A dot for each sample would tell nothing. */
const points: uPlot.Series.Points = { show: false };

interface UseChartProps {
  readonly series: UsageSeries;
  /** What it shows, for those who do not see it. */
  readonly label: string;
}

export function UseChart({ series, label }: UseChartProps): VNode {
  const items: readonly ChartLegendItem[] = [
    { label: "Leased", look: "solid", values: series.leased },
    { label: "In quarantine", look: "dotted", values: series.quarantined },
    { label: "All ports", look: "dashed", values: series.total },
  ];
  return <Chart label={label} times={series.times} items={items} describe={describeUse} />;
}

function describeUse(): uPlot.Series[] {
  const colors = chartColors();
  return [
    {},
    { stroke: colors.leased, fill: colors.leasedFill, width: 2, points },
    { stroke: colors.quarantined, width: 1.5, dash: [2, 3], points },
    { stroke: colors.line, width: 1.5, dash: [6, 4], points },
  ];
}

export function FlowChart({ series }: { readonly series: UsageSeries }): VNode {
  const items: readonly ChartLegendItem[] = [
    { label: "Grants", look: "bar", values: series.grants },
    { label: "Refusals", look: "bar-refused", values: series.refusals },
  ];
  return (
    <Chart
      label="Grants and refusals over the same time"
      times={series.times}
      items={items}
      describe={describeFlow}
    />
  );
}

function describeFlow(): uPlot.Series[] {
  const colors = chartColors();
  const bars = uPlot.paths.bars?.({ size: [0.8, 16, 1] });
  const paths = bars === undefined ? {} : { paths: bars };
  return [
    {},
    { stroke: colors.leased, fill: colors.leased, width: 0, points, ...paths },
    { stroke: colors.refused, fill: colors.refused, width: 0, points, ...paths },
  ];
}

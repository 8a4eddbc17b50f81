// A chart over time with its legend, which tells the values where one points.

import type { VNode } from "preact";
import { useMemo, useState } from "preact/hooks";
import type uPlot from "uplot";
import { ChartLegend, type ChartLegendItem } from "./chart-legend.js";
import { Plot } from "./plot.js";

const heightPx = 180;

export interface ChartProps {
  /** What it shows, for those who do not see it. */
  readonly label: string;
  /** Seconds since 1970. */
  readonly times: readonly number[];
  readonly items: readonly ChartLegendItem[];
  readonly describe: () => uPlot.Series[];
}

export function Chart({ label, times, items, describe }: ChartProps): VNode {
  const [index, setIndex] = useState<number | null>(null);
  const data = useMemo<uPlot.AlignedData>(
    () => [[...times], ...items.map(({ values }) => [...values])],
    [times],
  );
  return (
    <div class="chart-frame">
      <ChartLegend items={items} index={index} />
      <Plot label={label} data={data} heightPx={heightPx} describe={describe} onPoint={setIndex} />
    </div>
  );
}

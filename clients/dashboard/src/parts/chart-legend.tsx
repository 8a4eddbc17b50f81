// What the lines of a chart are, with their values at the pointer, or the latest where nobody points.

import type { VNode } from "preact";
import { countText } from "../model/format.js";

export interface ChartLegendItem {
  readonly label: string;
  /** The name of its line's look in the style sheet. */
  readonly look: "solid" | "dashed" | "dotted" | "bar" | "bar-refused";
  readonly values: readonly (number | null)[];
}

export interface ChartLegendProps {
  readonly items: readonly ChartLegendItem[];
  /** Which value; `null`: the latest. */
  readonly index: number | null;
}

export function ChartLegend({ items, index }: ChartLegendProps): VNode {
  return (
    <ul class="legend chart-legend">
      {items.map(({ label, look, values }) => {
        const value = index === null ? values.at(-1) : values[index];
        return (
          <li key={label}>
            <span class={`line-sample line-${look}`} aria-hidden="true" />
            {label} <b>{value === null || value === undefined ? "–" : countText(value)}</b>
          </li>
        );
      })}
    </ul>
  );
}

// How the charts look: colours from the style sheet, quiet axes, times of the day.

import type uPlot from "uplot";
import { countText } from "../model/format.js";

export interface ChartColors {
  readonly line: string;
  readonly text: string;
  readonly grid: string;
  readonly leased: string;
  readonly leasedFill: string;
  readonly quarantined: string;
  readonly refused: string;
}

/** As the style sheet says for the theme that is shown now. */
export function chartColors(): ChartColors {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  return {
    line: read("--border-strong"),
    text: read("--text-2"),
    grid: read("--border"),
    leased: read("--port-bound"),
    leasedFill: read("--chart-fill"),
    quarantined: read("--port-quarantined"),
    refused: read("--port-stranger"),
  };
}

export function axes(): uPlot.Axis[] {
  const { text, grid } = chartColors();
  const font = `11px ${getComputedStyle(document.documentElement).getPropertyValue("--font").trim()}`;
  const shared: uPlot.Axis = { stroke: text, font, ticks: { show: false } };
  return [
    {
      ...shared,
      grid: { show: false },
      size: 24,
      values: (_, splits) => splits.map(timeLabel),
      space: 64,
      // Labels are whole minutes.
      incrs: [60, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600],
    },
    {
      ...shared,
      grid: { stroke: grid, width: 1 },
      size: 44,
      space: 28,
      // Ports and grants are whole.
      incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000],
      values: (_, splits) => splits.map((value) => countText(value)),
    },
  ];
}

function timeLabel(seconds: number): string {
  const date = new Date(seconds * 1_000);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

export const cursor: uPlot.Cursor = { y: false, drag: { setScale: false }, points: { size: 7 } };

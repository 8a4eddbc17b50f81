// What the cells of the heat map mean, and how many hosts there are of each kind.

import type { VNode } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { countText } from "../../model/format.js";
import type { CellPainter } from "../../parts/grid/grid-canvas.js";
import { type HeatKind, heatKinds, heatSteps } from "../model/heat.js";

const swatchPx = 16;

const words: Readonly<Record<HeatKind, string>> = {
  well: "well, filled as far as its ports are used",
  info: "with a hint",
  warning: "with a warning",
  critical: "with something critical",
  lost: "not heard from",
  stopped: "stopped",
};

/** A host of which two thirds are used, as an example. */
const exampleStep = Math.floor((2 * heatSteps.length) / 3);

export interface HeatLegendProps {
  /** In the order of heatKinds. */
  readonly counts: readonly number[];
  readonly painter: CellPainter;
}

export function HeatLegend({ counts, painter }: HeatLegendProps): VNode {
  return (
    <ul class="legend" aria-label="States of the hosts">
      {heatKinds.map((kind, index) => {
        const count = counts[index] ?? 0;
        if (count === 0 && kind !== "well") return null;
        return (
          <li key={kind}>
            <HeatSwatch state={index * heatSteps.length + exampleStep} painter={painter} />
            <span>{words[kind]}</span> <b>{countText(count)}</b>
          </li>
        );
      })}
    </ul>
  );
}

export function HeatSwatch({
  state,
  painter,
}: {
  readonly state: number;
  readonly painter: CellPainter;
}): VNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (canvas.current === null || !context) return;
    const scale = devicePixelRatio;
    canvas.current.width = swatchPx * scale;
    canvas.current.height = swatchPx * scale;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    painter.drawCell(context, state, swatchPx);
  }, [state, painter]);
  return <canvas class="swatch heat-swatch" ref={canvas} aria-hidden="true" />;
}

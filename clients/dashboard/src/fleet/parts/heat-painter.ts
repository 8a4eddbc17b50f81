// How a host looks in the heat map: filled from below as far as its ports are used, and with a mark where something is the matter, so
// that nothing is told by colour alone.

import type { CellPainter } from "../../parts/grid/grid-canvas.js";
import { type HeatKind, heatOf, heatStateCount, heatSteps } from "../model/heat.js";

export interface HeatPalette {
  readonly surface: string;
  readonly line: string;
  readonly fill: string;
  readonly info: string;
  readonly warning: string;
  readonly critical: string;
  readonly onCritical: string;
  readonly lost: string;
}

/** As the style sheet says for the theme that is shown now. */
export function readHeatPalette(): HeatPalette {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  return {
    surface: read("--surface"),
    line: read("--port-line"),
    fill: read("--port-bound"),
    info: read("--accent"),
    warning: read("--warning"),
    critical: read("--port-stranger"),
    onCritical: read("--on-level"),
    lost: read("--critical"),
  };
}

export function heatPainter(palette: HeatPalette): CellPainter {
  return {
    stateCount: heatStateCount,
    drawCell: (context, state, sizePx) => {
      const { kind, step } = heatOf(state);
      context.save();
      context.beginPath();
      context.roundRect(0, 0, sizePx, sizePx, sizePx >= 14 ? 3 : 2);
      context.clip();
      shapes[kind](context, palette, sizePx, step / (heatSteps.length - 1));
      context.restore();
    },
    drawLabels: () => undefined,
  };
}

type Context = CanvasRenderingContext2D;

/** `share` is how much of the cell is filled, 0 to 1. */
type Shape = (context: Context, palette: HeatPalette, size: number, share: number) => void;

const drawWell: Shape = (context, palette, size, share) => {
  fillFromBelow(context, palette.fill, size, share);
  outline(context, palette.line, size, 1);
};

/** With a dot in its upper right corner. */
const drawInfo: Shape = (context, palette, size, share) => {
  drawWell(context, palette, size, share);
  const radius = Math.max(1.5, size / 8);
  context.beginPath();
  context.arc(size - 1.6 * radius, 1.6 * radius, radius + 1, 0, 2 * Math.PI);
  context.fillStyle = palette.surface;
  context.fill();
  context.beginPath();
  context.arc(size - 1.6 * radius, 1.6 * radius, radius, 0, 2 * Math.PI);
  context.fillStyle = palette.info;
  context.fill();
};

/** With a corner of another colour, and a thick line around it. */
const drawWarning: Shape = (context, palette, size, share) => {
  fillFromBelow(context, palette.fill, size, share);
  outline(context, palette.warning, size, size >= 14 ? 2 : 1.5);
  const corner = size * 0.5;
  triangle(context, palette.surface, size, corner + 1.5);
  triangle(context, palette.warning, size, corner);
};

/** Filled altogether, with an exclamation mark. */
const drawCritical: Shape = (context, palette, size) => {
  context.fillStyle = palette.critical;
  context.fillRect(0, 0, size, size);
  context.fillStyle = palette.onCritical;
  const width = Math.max(1.5, size / 8);
  const left = (size - width) / 2;
  context.fillRect(left, size * 0.2, width, size * 0.36);
  context.fillRect(left, size * 0.68, width, width);
};

/** Crossed out: what it had is not known to be so now. */
const drawLost: Shape = (context, palette, size) => {
  context.strokeStyle = palette.lost;
  context.lineWidth = size >= 14 ? 2 : 1.5;
  const inset = size * 0.24;
  context.beginPath();
  context.moveTo(inset, inset);
  context.lineTo(size - inset, size - inset);
  context.moveTo(size - inset, inset);
  context.lineTo(inset, size - inset);
  context.stroke();
  outline(context, palette.lost, size, 1);
};

/** A small square in an empty one. */
const drawStopped: Shape = (context, palette, size) => {
  outline(context, palette.line, size, 1);
  const edge = size * 0.34;
  context.fillStyle = palette.line;
  context.fillRect((size - edge) / 2, (size - edge) / 2, edge, edge);
};

const shapes: Readonly<Record<HeatKind, Shape>> = {
  well: drawWell,
  info: drawInfo,
  warning: drawWarning,
  critical: drawCritical,
  lost: drawLost,
  stopped: drawStopped,
};

function fillFromBelow(context: Context, color: string, size: number, share: number): void {
  context.fillStyle = color;
  // The fuller the stronger: seen from afar it is the colour that tells.
  context.globalAlpha = 0.45 + 0.55 * share;
  context.fillRect(0, size * (1 - share), size, size * share);
  context.globalAlpha = 1;
}

function outline(context: Context, color: string, size: number, width: number): void {
  context.strokeStyle = color;
  // The clip halves a line along the edge.
  context.lineWidth = 2 * width;
  context.beginPath();
  context.roundRect(0, 0, size, size, size >= 14 ? 3 : 2);
  context.stroke();
}

/** In the upper right corner. */
function triangle(context: Context, color: string, size: number, edge: number): void {
  context.fillStyle = color;
  context.beginPath();
  context.moveTo(size - edge, 0);
  context.lineTo(size, 0);
  context.lineTo(size, edge);
  context.fill();
}

// How a port looks in each state: a colour and a shape, so that no state is told by its colour alone.

import type { GridPalette } from "./grid-palette.js";

type Context = CanvasRenderingContext2D;

/** Draws the state in a square with this upper left corner; `sizePx` is without the gap to the next port. */
export function drawPort(
  context: Context,
  palette: GridPalette,
  state: number,
  corner: { readonly xPx: number; readonly yPx: number },
  sizePx: number,
): void {
  const { xPx: x, yPx: y } = corner;
  context.save();
  context.beginPath();
  context.roundRect(x, y, sizePx, sizePx, radiusOf(sizePx));
  context.clip();
  shapes[state]?.(context, palette, x, y, sizePx);
  context.restore();
}

type Shape = (context: Context, palette: GridPalette, x: number, y: number, size: number) => void;

/** Of the corners: none to speak of where a port is a few pixels. */
function radiusOf(sizePx: number): number {
  return sizePx >= 12 ? Math.round(sizePx / 7) : 1;
}

function fill(context: Context, color: string, x: number, y: number, size: number): void {
  context.fillStyle = color;
  context.fillRect(x, y, size, size);
}

function outline(
  context: Context,
  color: string,
  x: number,
  y: number,
  size: number,
  width: number,
): void {
  context.strokeStyle = color;
  // The clip halves a line along the edge.
  context.lineWidth = 2 * width;
  context.beginPath();
  context.roundRect(x, y, size, size, radiusOf(size));
  context.stroke();
}

/** An outline with a dot. */
const drawPinned: Shape = (context, palette, x, y, size) => {
  outline(context, palette.pinned, x, y, size, 1);
  context.fillStyle = palette.pinned;
  context.beginPath();
  context.arc(x + size / 2, y + size / 2, Math.max(1.2, size / 6), 0, 2 * Math.PI);
  context.fill();
};

/** Hatched. */
const drawQuarantined: Shape = (context, palette, x, y, size) => {
  outline(context, palette.quarantined, x, y, size, 1);
  context.strokeStyle = palette.quarantined;
  context.lineWidth = size >= 12 ? 1.5 : 1.2;
  const step = size >= 12 ? size / 3 : size / 2;
  context.beginPath();
  for (let offset = step; offset < 2 * size; offset += step) {
    context.moveTo(x, y + offset);
    context.lineTo(x + offset, y);
  }
  context.stroke();
};

/** The lower half filled: somebody has it, nobody is bound yet. */
const drawLeased: Shape = (context, palette, x, y, size) => {
  outline(context, palette.bound, x, y, size, size >= 12 ? 1.5 : 1);
  context.fillStyle = palette.bound;
  context.fillRect(x, y + size / 2, size, size / 2);
};

/** A ring: filled, with a hole. */
const drawUnprotected: Shape = (context, palette, x, y, size) => {
  fill(context, palette.unprotected, x, y, size);
  const hole = size / 2.6;
  context.fillStyle = palette.surface;
  context.fillRect(x + (size - hole) / 2, y + (size - hole) / 2, hole, hole);
};

/** Crossed out. */
const drawUnavailable: Shape = (context, palette, x, y, size) => {
  outline(context, palette.unavailable, x, y, size, 1);
  context.strokeStyle = palette.unavailable;
  context.lineWidth = size >= 12 ? 2 : 1.4;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + size, y + size);
  context.moveTo(x + size, y);
  context.lineTo(x, y + size);
  context.stroke();
};

/** Filled, with an upright bar in it: where there is room, an exclamation mark. */
const drawStranger: Shape = (context, palette, x, y, size) => {
  fill(context, palette.stranger, x, y, size);
  context.fillStyle = palette.surface;
  const width = Math.max(1.5, size / 7);
  const left = x + (size - width) / 2;
  if (size < 12) {
    context.fillRect(left, y + size * 0.2, width, size * 0.6);
    return;
  }
  context.fillRect(left, y + size * 0.2, width, size * 0.36);
  context.fillRect(left, y + size * 0.68, width, width);
};

/** By the number of the state, as portStates has them. */
const shapes: readonly Shape[] = [
  (context, { line }, x, y, size) => outline(context, line, x, y, size, 1),
  (context, { line }, x, y, size) => outline(context, line, x, y, size, 1),
  drawPinned,
  drawQuarantined,
  drawLeased,
  (context, { bound }, x, y, size) => fill(context, bound, x, y, size),
  drawUnprotected,
  drawUnavailable,
  drawStranger,
];

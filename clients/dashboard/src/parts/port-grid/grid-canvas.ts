// Draws a port map on a canvas. Each state is drawn once as a small picture that is then copied; and of a map that changed only
// the changed ports are drawn, so that ten thousand ports cost as much as what happens to them.

import { type GridGeometry, placeOf } from "../../model/grid-geometry.js";
import type { PortMap } from "../../model/port-map.js";
import { portStates } from "../../model/port-states.js";
import { drawPort } from "./draw-port.js";
import type { GridPalette } from "./grid-palette.js";

export class GridCanvas {
  readonly #canvas: HTMLCanvasElement;
  #drawn: { map: PortMap; geometry: GridGeometry; palette: GridPalette; scale: number } | null =
    null;
  #pictures: HTMLCanvasElement | null = null;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  /** `scale` is how many pixels of the device a CSS pixel has. */
  draw(map: PortMap, geometry: GridGeometry, palette: GridPalette, scale: number): void {
    const context = this.#canvas.getContext("2d");
    if (context === null) return;
    const before = this.#drawn;
    const isSame =
      before?.geometry === geometry && before.palette === palette && before.scale === scale;
    if (!isSame) this.#prepare(context, map, geometry, palette, scale);
    const known = isSame ? before.map.states : null;
    for (const [index, state] of map.states.entries()) {
      if (known === null || known[index] !== state) this.#drawOne(context, geometry, index, state);
    }
    this.#drawn = { map, geometry, palette, scale };
  }

  #prepare(
    context: CanvasRenderingContext2D,
    map: PortMap,
    geometry: GridGeometry,
    palette: GridPalette,
    scale: number,
  ): void {
    // Setting a size clears the canvas.
    this.#canvas.width = Math.ceil(geometry.widthPx * scale);
    this.#canvas.height = Math.ceil(geometry.heightPx * scale);
    this.#canvas.style.width = `${geometry.widthPx}px`;
    this.#canvas.style.height = `${geometry.heightPx}px`;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    this.#pictures = drawPictures(geometry.cellPx, palette, scale);
    drawLabels(context, map, geometry, palette);
  }

  #drawOne(
    context: CanvasRenderingContext2D,
    geometry: GridGeometry,
    index: number,
    state: number,
  ): void {
    if (this.#pictures === null) return;
    const { cellPx } = geometry;
    const { xPx, yPx } = placeOf(geometry, index);
    const edge = this.#pictures.height;
    context.clearRect(xPx, yPx, cellPx, cellPx);
    context.drawImage(this.#pictures, state * edge, 0, edge, edge, xPx, yPx, cellPx, cellPx);
  }
}

/** One canvas with a picture for each state, side by side. */
function drawPictures(cellPx: number, palette: GridPalette, scale: number): HTMLCanvasElement {
  const pictures = document.createElement("canvas");
  const edge = Math.round(cellPx * scale);
  pictures.width = edge * portStates.length;
  pictures.height = edge;
  const context = pictures.getContext("2d");
  if (context === null) return pictures;
  const gap = cellPx >= 14 ? 2 : 1;
  for (const state of portStates.keys()) {
    context.setTransform(edge / cellPx, 0, 0, edge / cellPx, state * edge, 0);
    drawPort(context, palette, state, { xPx: 0, yPx: 0 }, cellPx - gap);
  }
  return pictures;
}

function drawLabels(
  context: CanvasRenderingContext2D,
  map: PortMap,
  geometry: GridGeometry,
  palette: GridPalette,
): void {
  if (geometry.labelPx === 0) return;
  context.fillStyle = palette.label;
  context.font = palette.labelFont;
  context.textBaseline = "middle";
  for (let row = 0; row < geometry.rows; row += geometry.labelEvery) {
    const port = map.firstPort + row * geometry.columns;
    context.fillText(String(port), 0, (row + 0.5) * geometry.cellPx);
  }
}

// Draws a grid of cells on a canvas. Each state is drawn once as a small picture that is then copied; and of a grid that changed only
// the changed cells are drawn, so that ten thousand of them cost as much as what happens to them.

import { type GridGeometry, placeOf } from "../../model/grid-geometry.js";

/** How the cells of a grid look. Whoever draws compares painters: another look is another painter. */
export interface CellPainter {
  /** States are the numbers below. */
  readonly stateCount: number;
  /** Draws a state in the square from (0, 0); `sizePx` is without the gap to the next cell. */
  drawCell(context: CanvasRenderingContext2D, state: number, sizePx: number): void;
  /** Draws what stands beside the cells. */
  drawLabels(context: CanvasRenderingContext2D, geometry: GridGeometry): void;
}

interface Drawn {
  readonly states: Uint8Array;
  readonly geometry: GridGeometry;
  readonly painter: CellPainter;
  readonly scale: number;
}

/** Between two cells. */
export function gapPx({ cellPx }: Pick<GridGeometry, "cellPx">): number {
  return cellPx >= 14 ? 2 : 1;
}

export class GridCanvas {
  readonly #canvas: HTMLCanvasElement;
  #drawn: Drawn | null = null;
  #pictures: HTMLCanvasElement | null = null;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  /** `scale` is how many pixels of the device a CSS pixel has. */
  draw(states: Uint8Array, geometry: GridGeometry, painter: CellPainter, scale: number): void {
    const context = this.#canvas.getContext("2d");
    if (context === null) return;
    const before = this.#drawn;
    const isSame =
      before?.geometry === geometry && before.painter === painter && before.scale === scale;
    if (!isSame) this.#prepare(context, geometry, painter, scale);
    const known = isSame ? before.states : null;
    for (const [index, state] of states.entries()) {
      if (known?.[index] !== state) this.#drawOne(context, geometry, index, state);
    }
    this.#drawn = { states, geometry, painter, scale };
  }

  #prepare(
    context: CanvasRenderingContext2D,
    geometry: GridGeometry,
    painter: CellPainter,
    scale: number,
  ): void {
    // Setting a size clears the canvas.
    this.#canvas.width = Math.ceil(geometry.widthPx * scale);
    this.#canvas.height = Math.ceil(geometry.heightPx * scale);
    this.#canvas.style.width = `${geometry.widthPx}px`;
    this.#canvas.style.height = `${geometry.heightPx}px`;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    this.#pictures = drawPictures(geometry, painter, scale);
    painter.drawLabels(context, geometry);
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
function drawPictures(
  geometry: GridGeometry,
  painter: CellPainter,
  scale: number,
): HTMLCanvasElement {
  const { cellPx } = geometry;
  const pictures = document.createElement("canvas");
  const edge = Math.round(cellPx * scale);
  pictures.width = edge * painter.stateCount;
  pictures.height = edge;
  const context = pictures.getContext("2d");
  if (context === null) return pictures;
  for (let state = 0; state < painter.stateCount; state += 1) {
    context.setTransform(edge / cellPx, 0, 0, edge / cellPx, state * edge, 0);
    painter.drawCell(context, state, cellPx - gapPx(geometry));
  }
  return pictures;
}

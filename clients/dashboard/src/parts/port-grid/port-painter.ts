// How the ports of a block look as the cells of a grid, with the number of the first port of a row beside it.

import { portStates } from "../../model/port-states.js";
import type { CellPainter } from "../grid/grid-canvas.js";
import { drawPort } from "./draw-port.js";
import type { GridPalette } from "./grid-palette.js";

export function portPainter(firstPort: number, palette: GridPalette): CellPainter {
  return {
    stateCount: portStates.length,
    drawCell: (context, state, sizePx) =>
      drawPort(context, palette, state, { xPx: 0, yPx: 0 }, sizePx),
    drawLabels: (context, geometry) => {
      if (geometry.labelPx === 0) return;
      context.fillStyle = palette.label;
      context.font = palette.labelFont;
      context.textBaseline = "middle";
      for (let row = 0; row < geometry.rows; row += geometry.labelEvery) {
        const port = firstPort + row * geometry.columns;
        context.fillText(String(port), 0, (row + 0.5) * geometry.cellPx);
      }
    },
  };
}

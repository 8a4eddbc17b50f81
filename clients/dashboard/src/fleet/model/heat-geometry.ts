// How hosts are laid out as a heat map: as large as fits a few rows, small where there are thousands.

import type { GridGeometry } from "../../model/grid-geometry.js";

/** A finger and an eye find it; more says nothing more. */
const cellPxMax = 34;
/** The smallest in which fill and mark are still told apart. */
const cellPxMin = 12;
/** A map should be seen at once, above what else is on the page. */
const heightPxWanted = 330;

/** As large as the cells of `largestGroup` hosts may be, so that all groups have the same. */
export function heatCellPx(largestGroup: number, availablePx: number): number {
  for (let cellPx = cellPxMax; cellPx > cellPxMin; cellPx -= 1) {
    const columns = Math.max(1, Math.floor(availablePx / cellPx));
    if (Math.ceil(largestGroup / columns) * cellPx <= heightPxWanted) return cellPx;
  }
  return cellPxMin;
}

export function heatGeometry(hostCount: number, availablePx: number, cellPx: number): GridGeometry {
  const columns = Math.max(1, Math.min(hostCount, Math.floor(availablePx / cellPx)));
  const rows = Math.ceil(hostCount / columns);
  return {
    cellCount: hostCount,
    columns,
    rows,
    cellPx,
    labelPx: 0,
    widthPx: columns * cellPx,
    heightPx: rows * cellPx,
    labelEvery: 1,
  };
}

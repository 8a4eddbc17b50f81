// How cells, such as a block's ports, are laid out as a grid of squares: how many in a row, how large, and which one lies where. Pure numbers, in
// CSS pixels.

export interface GridGeometry {
  readonly cellCount: number;
  readonly columns: number;
  readonly rows: number;
  /** The edge of a square, the gap to the next one included. */
  readonly cellPx: number;
  /** What is free on the left of each row for the number of its first port; 0: rows have no numbers. */
  readonly labelPx: number;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Each row of this many has its number written, so that numbers do not touch. */
  readonly labelEvery: number;
}

const labelWidthPx = 52;
/** Narrower than this a number would cost too many columns. */
const labelledWidthPxMin = 560;
const labelHeightPx = 15;
/** Larger blocks have as many columns as fit. */
const evenPortsMax = 1_100;
/** Squares grow to fill the width, but a small block needs no large ones. */
const cellGrowthPxMax = 10;

/** The smallest edges that still show a state's mark, by how many ports there are. */
const cellSizes: readonly { readonly portsMax: number; readonly cellPx: number }[] = [
  { portsMax: 300, cellPx: 22 },
  { portsMax: 1_100, cellPx: 16 },
  { portsMax: 4_200, cellPx: 11 },
  { portsMax: 65_535, cellPx: 8 },
];

/** Rows are of a round number of ports, so that a row is read as 20000, 20050, 20100. */
const roundColumns = [200, 160, 150, 128, 120, 100, 80, 64, 60, 50, 40, 32, 30, 25, 20, 16, 10, 8];

export function gridGeometry(portCount: number, availablePx: number): GridGeometry {
  const labelPx = availablePx >= labelledWidthPxMin ? labelWidthPx : 0;
  const usablePx = Math.max(80, availablePx - labelPx);
  const smallest = cellSizes.find(({ portsMax }) => portCount <= portsMax)?.cellPx ?? 8;
  const fitting = Math.floor(usablePx / smallest);
  const columns = Math.min(
    portCount,
    labelPx === 0 ? unlabelledColumns(fitting) : labelledColumns(portCount, fitting),
  );
  const cellPx = Math.min(smallest + cellGrowthPxMax, Math.floor(usablePx / columns));
  const rows = Math.ceil(portCount / columns);
  return {
    cellCount: portCount,
    columns,
    rows,
    cellPx,
    labelPx,
    widthPx: labelPx + columns * cellPx,
    heightPx: rows * cellPx,
    labelEvery: labelStep(cellPx),
  };
}

/** As many as fit; somewhat fewer where then the last row is full, too. */
function labelledColumns(portCount: number, fitting: number): number {
  const round = roundColumns.filter((count) => count <= fitting);
  const isEven = (count: number): boolean => portCount % count === 0 && count >= 0.6 * fitting;
  // Of a hundred rows nobody sees how full the last one is, and they should not become two hundred.
  const even = portCount <= evenPortsMax ? round.find(isEven) : undefined;
  return even ?? round[0] ?? Math.max(1, fitting);
}

/** Without numbers beside them rows only need to fit well. */
function unlabelledColumns(fitting: number): number {
  return fitting < 10 ? Math.max(1, fitting) : fitting - (fitting % 5);
}

function labelStep(cellPx: number): number {
  const rowsNeeded = Math.ceil(labelHeightPx / cellPx);
  return [1, 2, 5, 10].find((step) => step >= rowsNeeded) ?? 10;
}

/** The index of the cell at a point; `null` beside the squares. */
export function indexAt(geometry: GridGeometry, xPx: number, yPx: number): number | null {
  const column = Math.floor((xPx - geometry.labelPx) / geometry.cellPx);
  const row = Math.floor(yPx / geometry.cellPx);
  if (column < 0 || column >= geometry.columns || row < 0) return null;
  const index = row * geometry.columns + column;
  return index < geometry.cellCount ? index : null;
}

/** The upper left corner of a cell. */
export function placeOf(geometry: GridGeometry, index: number): { xPx: number; yPx: number } {
  return {
    xPx: geometry.labelPx + (index % geometry.columns) * geometry.cellPx,
    yPx: Math.floor(index / geometry.columns) * geometry.cellPx,
  };
}

/** Where a key leads from a cell; `null` for keys that do not move. It stays at the ends instead of leaving the grid. */
export function moveBy(geometry: GridGeometry, index: number, key: string): number | null {
  const target = keyTarget(geometry, index, key);
  if (target === null) return null;
  return target < 0 || target >= geometry.cellCount ? index : target;
}

function keyTarget(
  { columns, cellCount }: GridGeometry,
  index: number,
  key: string,
): number | null {
  switch (key) {
    case "ArrowLeft":
      return index - 1;
    case "ArrowRight":
      return index + 1;
    case "ArrowUp":
      return index - columns;
    case "ArrowDown":
      return index + columns;
    case "PageUp":
      return Math.max(index % columns, index - 10 * columns);
    case "PageDown":
      return Math.min(cellCount - 1, index + 10 * columns);
    case "Home":
      return 0;
    case "End":
      return cellCount - 1;
    default:
      return null;
  }
}

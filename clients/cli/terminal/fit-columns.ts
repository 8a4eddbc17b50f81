// How wide the columns of a table are on a narrow terminal: which are cut first, and which are left out.

/** What a column keeps of its text at least when it is cut: enough to see that there is something. */
const cutWidthMin = 4;

export interface FittingColumn {
  /** What it would take. */
  readonly width: number;
  /** The lower, the earlier it is cut, and then left out. `null`: never. */
  readonly cut: number | null;
}

/**
 * The width of each column, 0 for one that is left out, so that they take no more than `available` with `gapWidth` between them.
 * They still may take more, when what is never cut does.
 */
export function fitColumns(
  columns: readonly FittingColumn[],
  available: number,
  gapWidth: number,
): readonly number[] {
  const order = columns
    .map(({ cut }, index) => ({ cut, index }))
    .filter((each): each is { cut: number; index: number } => each.cut !== null)
    .toSorted((a, b) => a.cut - b.cut)
    .map(({ index }) => index);
  // What is left out makes room, so that others need not be cut that much.
  for (let leftOut = 0; ; leftOut += 1) {
    const widths = columns.map(({ width }, index) =>
      order.indexOf(index) < leftOut && order.includes(index) ? 0 : width,
    );
    cutSome(widths, order, available, gapWidth);
    if (leftOut >= order.length || excess(widths, available, gapWidth) <= 0) return widths;
  }
}

function cutSome(
  widths: number[],
  order: readonly number[],
  available: number,
  gapWidth: number,
): void {
  for (const index of order) {
    const width = widths[index] ?? 0;
    const tooMuch = Math.max(0, excess(widths, available, gapWidth));
    widths[index] = Math.min(width, Math.max(cutWidthMin, width - tooMuch));
  }
}

function excess(widths: readonly number[], available: number, gapWidth: number): number {
  const shown = widths.filter((width) => width > 0);
  const gaps = gapWidth * Math.max(0, shown.length - 1);
  return shown.reduce((sum, width) => sum + width, gaps) - available;
}

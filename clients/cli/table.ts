// Plain aligned columns for people. No colours, no frames: it must read well in a log and through grep.

import { printable } from "../../src/server/printable.js";

const gap = "  ";

/** One line per row, columns padded to their widest cell. Cells are made printable. */
export function formatTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const lines = [headings, ...rows].map((row) => row.map(printable));
  const widths = headings.map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? "").length)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join(gap)
        .trimEnd(),
    )
    .join("\n");
}

/** "key   value" lines; pairs without a value are left out. */
export function formatPairs(pairs: readonly (readonly [string, string | null])[]): string {
  const shown = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== null);
  const width = Math.max(...shown.map(([key]) => key.length));
  return shown.map(([key, value]) => `${key.padEnd(width)}${gap}${printable(value)}`).join("\n");
}

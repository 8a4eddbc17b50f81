// Aligned columns for people. No frames: it must read well in a log and through grep. Colours and cuts only where the display has them.

import { printable } from "../../src/server/printable.js";
import { cutToWidth, displayWidth, padToWidth } from "./terminal/display-width.js";
import { type Paint, plainPaint, type Tone } from "./terminal/tones.js";

const gap = "  ";
/** What a column keeps of its text at least when it is cut: enough to see that there is something. */
const cutWidthMin = 4;

/** A column of a table of rows. */
export interface Column<Row> {
  readonly heading: string;
  readonly text: (row: Row) => string;
  readonly tone?: (row: Row) => Tone | null;
  /** Numbers stand at the right. Default "left". */
  readonly align?: "left" | "right";
  /** Shown only in the wide form. */
  readonly wide?: boolean;
  /** The lower, the earlier this column is cut on a narrow terminal; without it, it is never cut before the line's end is. */
  readonly cut?: number;
}

/** How a table is shown. */
export interface TableForm {
  readonly header: boolean;
  readonly wide: boolean;
  /** Columns of the terminal; `null`: nothing is cut. */
  readonly columns: number | null;
  readonly paint: Paint;
}

export const plainTable: TableForm = {
  header: true,
  wide: false,
  columns: null,
  paint: plainPaint,
};

interface LaidOut {
  readonly width: number;
  readonly cut: number | undefined;
}

/** One line per row, columns padded to their widest cell. Cells are made printable. */
export function tableLines<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  form: TableForm = plainTable,
): readonly string[] {
  const shown = columns.filter(({ wide = false }) => form.wide || !wide);
  const cells = rows.map((row) => shown.map((column) => printable(column.text(row))));
  const natural = shown.map(({ heading, cut }, index) => ({
    width: cells.reduce(
      (widest, line) => Math.max(widest, displayWidth(line[index] ?? "")),
      form.header ? displayWidth(heading) : 0,
    ),
    cut,
  }));
  const widths =
    form.columns === null ? natural.map(({ width }) => width) : fit(natural, form.columns);
  const lineOf = (texts: readonly string[], toneOf: (index: number) => Tone | null): string => {
    const padded = texts.map((text, index) => {
      const width = widths[index] ?? 0;
      const side = shown[index]?.align === "right" ? "start" : "end";
      const space = padToWidth(cutToWidth(text, Math.max(1, width)), width, side);
      return { text: index === texts.length - 1 ? space.trimEnd() : space, tone: toneOf(index) };
    });
    const plain = padded
      .map(({ text }) => text)
      .join(gap)
      .trimEnd();
    if (form.columns !== null && displayWidth(plain) > form.columns)
      return cutToWidth(plain, form.columns);
    return padded
      .map(({ text, tone }) => painted(text, tone, form.paint))
      .join(gap)
      .trimEnd();
  };
  const head = form.header
    ? [
        lineOf(
          shown.map(({ heading }) => heading),
          () => "heading",
        ),
      ]
    : [];
  return [
    ...head,
    ...rows.map((row, at) => lineOf(cells[at] ?? [], (index) => shown[index]?.tone?.(row) ?? null)),
  ];
}

/** The spaces around a text stay without colour, so that they can be trimmed. */
function painted(text: string, tone: Tone | null, paint: Paint): string {
  const word = text.trim();
  return word === "" ? text : text.replace(word, () => paint(tone, word));
}

/** Takes what is too much from the columns in the order in which they may be cut. */
function fit(columns: readonly LaidOut[], available: number): readonly number[] {
  const widths = columns.map(({ width }) => width);
  const order = columns
    .map(({ cut }, index) => ({ cut, index }))
    .filter((each): each is { cut: number; index: number } => each.cut !== undefined)
    .toSorted((a, b) => a.cut - b.cut);
  const needed = widths.reduce((sum, width) => sum + width, gap.length * (widths.length - 1));
  let excess = needed - available;
  for (const { index } of order) {
    if (excess <= 0) break;
    const width = widths[index] ?? 0;
    const taken = Math.min(excess, Math.max(0, width - cutWidthMin));
    widths[index] = width - taken;
    excess -= taken;
  }
  return widths;
}

/** The same for texts that are there already; nothing is cut. */
export function formatTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  form: TableForm = plainTable,
): string {
  const columns = headings.map((heading, index) => ({
    heading,
    text: (row: readonly string[]) => row[index] ?? "",
  }));
  return tableLines(columns, rows, form).join("\n");
}

/** "key   value" lines; pairs without a value are left out. */
export function formatPairs(
  pairs: readonly (readonly [string, string | null, (Tone | null)?])[],
  paint: Paint = plainPaint,
): string {
  const shown = pairs.filter(
    (pair): pair is readonly [string, string, (Tone | null)?] => pair[1] !== null,
  );
  const width = Math.max(...shown.map(([key]) => displayWidth(key)));
  return shown
    .map(([key, value, tone = null]) => {
      const name = padToWidth(key, width);
      return `${paint("quiet", key)}${name.slice(key.length)}${gap}${paint(tone, printable(value))}`;
    })
    .join("\n");
}

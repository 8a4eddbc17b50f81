// Aligned columns for people. No frames: it must read well in a log and through grep. Colours and cuts only where the display has them.

import { printable } from "../../src/server/printable.js";
import { cutToWidth, displayWidth, padToWidth } from "./terminal/display-width.js";
import { fitColumns } from "./terminal/fit-columns.js";
import { type Paint, plainPaint, type Tone } from "./terminal/paint.js";

const gap = "  ";
/** A column of a table of rows. */
export interface Column<Row> {
  readonly heading: string;
  readonly text: (row: Row) => string;
  readonly tone?: (row: Row) => Tone | null;
  /** Numbers stand at the right. Default "left". */
  readonly align?: "left" | "right";
  /** Shown only in the wide form. */
  readonly wide?: boolean;
  /** The lower, the earlier it is cut on a narrow terminal, and then left out; without it, only the end of the line is. */
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

/** One line per row, columns padded to their widest cell. Cells are made printable. */
export function tableLines<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  form: TableForm = plainTable,
): readonly string[] {
  const asked = columns.filter(({ wide = false }) => form.wide || !wide);
  const natural = asked.map(({ heading, text, cut = null }) => {
    const least = form.header ? displayWidth(heading) : 0;
    const widest = (width: number, row: Row) => Math.max(width, displayWidth(printable(text(row))));
    // A column without any text is there all the same.
    return { width: Math.max(1, rows.reduce(widest, least)), cut };
  });
  const widths =
    form.columns === null
      ? natural.map(({ width }) => width)
      : fitColumns(natural, form.columns, gap.length);
  const shown = asked
    .map((column, index) => ({ column, width: widths[index] ?? 0 }))
    .filter(({ width }) => width > 0);
  const heading = (): string =>
    lineOf(
      shown.map(({ column, width }) => ({ text: column.heading, tone: "heading", width, column })),
      form,
    );
  const body = rows.map((row) =>
    lineOf(
      shown.map(({ column, width }) => ({
        text: printable(column.text(row)),
        tone: column.tone?.(row) ?? null,
        width,
        column,
      })),
      form,
    ),
  );
  return form.header ? [heading(), ...body] : body;
}

interface Cell {
  readonly text: string;
  readonly tone: Tone | null;
  readonly width: number;
  readonly column: Pick<Column<never>, "align">;
}

function lineOf(cells: readonly Cell[], { columns, paint }: TableForm): string {
  const padded = cells.map(({ text, tone, width, column }) => ({
    text: padToWidth(cutToWidth(text, width), width, column.align === "right" ? "start" : "end"),
    tone,
  }));
  const plain = padded
    .map(({ text }) => text)
    .join(gap)
    .trimEnd();
  if (columns !== null && displayWidth(plain) > columns) return cutToWidth(plain, columns);
  const coloured = padded.map(({ text, tone }) => painted(text, tone, paint));
  return coloured.join(gap).trimEnd();
}

/** The spaces around a text stay without colour, so that they can be trimmed. */
function painted(text: string, tone: Tone | null, paint: Paint): string {
  const word = text.trim();
  return word === "" ? text : text.replace(word, () => paint(tone, word));
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

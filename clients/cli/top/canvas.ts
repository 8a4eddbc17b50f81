// What the live view is drawn on, and how a line comes to fit it.

import { cutToWidth, displayWidth } from "../terminal/display-width.js";
import type { Paint, Tone } from "../terminal/paint.js";

export interface Canvas {
  /** `null`: as many as are written. */
  readonly columns: number | null;
  /** `null`: any number, and everything is shown. */
  readonly rows: number | null;
  readonly paint: Paint;
  readonly charset: Charset;
}

/** "ascii-bars": only what is drawn is ASCII, names stay as they are. */
export type Charset = "unicode" | "ascii-bars" | "ascii";

/** A piece of a line in one tone. Printable, and without colours. */
export interface Span {
  readonly text: string;
  readonly tone: Tone | null;
}

/** The pieces one after the other, cut where the canvas ends. */
export function lineOf(
  spans: readonly Span[],
  { columns, paint }: Pick<Canvas, "columns" | "paint">,
): string {
  let left = columns ?? Number.MAX_SAFE_INTEGER;
  let line = "";
  for (const { text, tone } of spans) {
    if (text === "") continue;
    if (left < 1) break;
    const cut = cutToWidth(text, left);
    line += paint(tone, cut);
    left -= displayWidth(cut);
    if (cut !== text) break;
  }
  return line;
}

/** `left` at the left and `right` at the right; the left is cut when both do not fit. */
export function lineOfTwo(
  left: readonly Span[],
  right: Span,
  { columns, paint }: Pick<Canvas, "columns" | "paint">,
): string {
  if (columns === null)
    return lineOf([...left, { text: "  ", tone: null }, right], { columns, paint });
  const space = columns - displayWidth(right.text) - 2;
  if (space < 1) return lineOf([right], { columns, paint });
  const width = Math.min(
    space,
    left.reduce((sum, { text }) => sum + displayWidth(text), 0),
  );
  const gap = " ".repeat(columns - width - displayWidth(right.text));
  return lineOf(left, { columns: space, paint }) + gap + paint(right.tone, right.text);
}

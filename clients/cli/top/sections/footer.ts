// The line at the bottom: what is typed, or which keys there are.

import { printable } from "../../../../src/server/printable.js";
import { type Canvas, lineOf, type Span } from "../canvas.js";
import type { TopView } from "../top-view.js";

const keys: readonly (readonly [key: string, what: string])[] = [
  ["q", "quit"],
  ["?", "help"],
  ["/", "filter"],
  ["s", "sort"],
  ["p", "pause"],
  ["r", "refresh"],
];

export function footerLine({ typing, help }: TopView, canvas: Canvas): string {
  if (help) return lineOf([{ text: "any key goes back", tone: "quiet" }], canvas);
  if (typing !== null) {
    return lineOf(
      [
        { text: "filter: ", tone: "heading" },
        { text: `${printable(typing)}_`, tone: null },
        { text: "   Enter keeps it, Esc ends it", tone: "quiet" },
      ],
      canvas,
    );
  }
  const spans = keys.flatMap(([key, what], index): Span[] => [
    { text: index === 0 ? "" : "  ", tone: null },
    { text: key, tone: "heading" },
    { text: ` ${what}`, tone: "quiet" },
  ]);
  return lineOf(spans, canvas);
}

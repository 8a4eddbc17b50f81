// What the keys of the live view do.

import { type Canvas, lineOf } from "../canvas.js";

const keys: readonly (readonly [key: string, what: string])[] = [
  ["q, Ctrl+C", "leave"],
  ["Up, Down", "scroll the leases by a row"],
  ["PgUp, PgDn", "by a page; Home, End: to the ends"],
  ["s", "order: time left, port, service"],
  ["/", "filter the leases; Esc shows all"],
  ["p", "pause, and go on"],
  ["r", "refresh, or connect again, now"],
  ["Ctrl+L", "draw the screen anew"],
  ["Ctrl+Z", "back to the shell; fg returns"],
];

/** At most `space` lines. */
export function helpLines(space: number, canvas: Canvas): readonly string[] {
  return keys.slice(0, space).map(([key, what]) =>
    lineOf(
      [
        { text: key.padEnd(12), tone: "heading" },
        { text: what, tone: null },
      ],
      canvas,
    ),
  );
}

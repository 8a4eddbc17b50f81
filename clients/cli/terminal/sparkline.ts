// A line of small bars: how something went, over time, in one line of a terminal.

/** From nothing to all of it. https://www.unicode.org/charts/PDF/U2580.pdf */
const bars = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/** A value of 0 to 1 at a time, in milliseconds. */
export interface Point {
  readonly atMs: number;
  readonly share: number;
}

/**
 * `width` characters, the first for `fromMs` and what follows it, the last for what comes before `toMs`: each the highest value of its
 * part of the time, or a space where there is none. `width` of 1 or more, `fromMs` before `toMs`.
 */
export function sparkline(
  points: readonly Point[],
  fromMs: number,
  toMs: number,
  width: number,
): string {
  const highest: (number | undefined)[] = Array.from({ length: width });
  for (const { atMs, share } of points) {
    const place = Math.floor(((atMs - fromMs) / (toMs - fromMs)) * width);
    const index = Math.min(place, width - 1);
    if (index >= 0) highest[index] = Math.max(highest[index] ?? 0, share);
  }
  return highest.map((share) => (share === undefined ? " " : barOf(share))).join("");
}

function barOf(share: number): string {
  const index = Math.ceil(Math.min(1, Math.max(0, share)) * bars.length) - 1;
  return bars[Math.max(0, index)] ?? bars[0];
}

// Durations as people write them in configuration and on the command line: "500ms", "30s", "5m", "1h30m", "1d".
// A bare number is refused, because nobody can tell seconds from milliseconds by looking at it; only 0 needs no unit.

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const wholeText = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;
const onePart = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;

/** Milliseconds, whole and not negative; `null` when the text is no duration or finer than a millisecond. */
export function parseDuration(text: string): number | null {
  const compact = text.trim().toLowerCase();
  if (compact === "0") return 0;
  if (!wholeText.test(compact)) return null;
  let totalMs = 0;
  for (const [, amount, unit] of compact.matchAll(onePart)) {
    totalMs += Number(amount) * (unitMs[unit ?? ""] ?? Number.NaN);
  }
  return Number.isSafeInteger(totalMs) ? totalMs : null;
}

/** The shortest text that `parseDuration` reads back, such as "30s", "1m30s" or "0s". */
export function formatDuration(durationMs: number): string {
  let rest = durationMs;
  let text = "";
  for (const unit of ["d", "h", "m", "s", "ms"]) {
    const size = unitMs[unit] ?? 1;
    const amount = Math.floor(rest / size);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * size;
  }
  return text === "" ? "0s" : text;
}

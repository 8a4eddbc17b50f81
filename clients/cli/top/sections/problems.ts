// What is wrong now, the worst first, and what mends it where there is space to say so.

import { type Problem, Problem_Severity } from "@portlease/proto/portlease/v1/admin_service.js";
import { printable } from "../../../../src/server/printable.js";
import { word } from "../../lease-text.js";
import { severityTones } from "../../terminal/tones.js";
import { type Canvas, lineOf } from "../canvas.js";

/** How many lines they would take. */
export function problemRows(problems: readonly Problem[]): number {
  return problems.reduce((sum, { remedy }) => sum + (remedy === "" ? 1 : 2), 0);
}

/** At most `space` lines; `null`: all. Problems go before remedies. */
export function problemLines(
  problems: readonly Problem[],
  space: number | null,
  canvas: Canvas,
): readonly string[] {
  const most = space ?? Number.MAX_SAFE_INTEGER;
  const fits = problems.length <= most;
  const shown = fits ? problems : problems.slice(0, Math.max(1, most - 1));
  let left = most - shown.length;
  const lines = shown.flatMap((problem) => {
    const withRemedy = fits && problem.remedy !== "" && left > 0;
    if (withRemedy) left -= 1;
    return [
      problemLine(problem, canvas),
      ...(withRemedy
        ? [lineOf([{ text: `  to do: ${printable(problem.remedy)}`, tone: null }], canvas)]
        : []),
    ];
  });
  const more = problems.length - shown.length;
  return more > 0 && lines.length < most
    ? [...lines, lineOf([{ text: `… ${more} more problems`, tone: "quiet" }], canvas)]
    : lines;
}

function problemLine({ severity, message }: Problem, canvas: Canvas): string {
  const name = word(Problem_Severity, "SEVERITY_", severity);
  return lineOf(
    [
      { text: name, tone: severityTones[severity] },
      { text: `: ${printable(message)}`, tone: null },
    ],
    canvas,
  );
}

// What is wrong, as lines for people: each problem with what to do about it.

import { type Problem, Problem_Severity } from "@portlease/proto/portlease/v1/admin_service.js";
import { printable } from "../../src/server/printable.js";
import { word } from "./lease-text.js";
import type { Paint } from "./terminal/paint.js";
import { severityTones } from "./terminal/tones.js";

/** `of`: what a problem is about, besides its own words; "": nothing else. */
export function problemLines<Each extends Problem>(
  problems: readonly Each[],
  paint: Paint,
  of: (problem: Each) => string = () => "",
): readonly string[] {
  if (problems.length === 0) return [paint("well", "nothing is wrong")];
  return problems.flatMap((problem) => {
    const { severity, reason, message, remedy } = problem;
    const name = word(Problem_Severity, "SEVERITY_", severity);
    const about = of(problem);
    const where = about === "" ? "" : ` ${printable(about)}:`;
    return [
      `${paint(severityTones[severity], name)}:${where} ${printable(message)} [${printable(reason)}]`,
      ...(remedy === "" ? [] : [`  to do: ${printable(remedy)}`]),
    ];
  });
}

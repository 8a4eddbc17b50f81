// Something that an operator should look at, and how the worst of many are chosen without making them all.

/** The first is the least. */
export const severities = ["info", "warning", "critical"] as const;
export type Severity = (typeof severities)[number];

export interface Problem {
  readonly severity: Severity;
  /** Upper snake case; never changes once published. */
  readonly reason: string;
  /** For people, with the numbers. */
  readonly message: string;
  /** The command or step that mends it; "": none is needed. */
  readonly remedy: string;
  readonly pool: string;
  readonly blockId: string;
  /** 0: about none. */
  readonly port: number;
  readonly leaseId: string;
}

/** More at once are one thing wrong. The API documents it. */
export const problemsMax = 100;

/** What is not named is about nothing. */
export type ProblemParts = Pick<Problem, "message" | "reason"> & Partial<Problem>;

/** One that somebody else found. */
export interface FoundProblem {
  readonly severity: Severity;
  readonly parts: ProblemParts;
}

export class ProblemList {
  readonly #found: Readonly<Record<Severity, Problem[]>> = { info: [], warning: [], critical: [] };
  readonly #counts: Record<Severity, number> = { info: 0, warning: 0, critical: 0 };

  /** `make` is not called for one that nobody would see. */
  add(severity: Severity, make: () => ProblemParts): void {
    this.#counts[severity] += 1;
    const found = this.#found[severity];
    if (found.length >= problemsMax) return;
    found.push({
      remedy: "",
      pool: "",
      blockId: "",
      port: 0,
      leaseId: "",
      ...make(),
      severity,
    });
  }

  /** The worst first, else in the order in which they were added; the last one counts what was left out. */
  worst(): readonly Problem[] {
    const all = severities.toReversed().flatMap((severity) => this.#found[severity]);
    const count = severities.reduce((sum, severity) => sum + this.#counts[severity], 0);
    if (count <= problemsMax) return all;
    const shown = all.slice(0, problemsMax - 1);
    return [...shown, this.#more(shown)];
  }

  #more(shown: readonly Problem[]): Problem {
    const left = severities.toReversed().map((severity) => {
      const shownCount = shown.filter((problem) => problem.severity === severity).length;
      return { severity, count: this.#counts[severity] - shownCount };
    });
    const worst = left.find(({ count }) => count > 0)?.severity ?? "info";
    const counted = left.filter(({ count }) => count > 0);
    const text = counted.map(({ severity, count }) => `${count} ${severity}`).join(", ");
    return {
      severity: worst,
      reason: "MORE_PROBLEMS",
      message: `more problems are not listed here: ${text}`,
      remedy: "mend those that are listed first",
      pool: "",
      blockId: "",
      port: 0,
      leaseId: "",
    };
  }
}

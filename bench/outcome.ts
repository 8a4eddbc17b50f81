// What a run of the benchmark says: its figures as `--json` writes them.

import type { Goal } from "./goals.js";
import type { Machine } from "./machine.js";
import type { Ratio } from "./ratios.js";
import type { Row } from "./row.js";
import type { Spread } from "./statistics.js";

/** What is measured as one number. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  /** Of the rounds. */
  readonly value: Spread;
}

/** What one section has to say. */
export interface SectionOutcome {
  readonly rows: readonly Row[];
  readonly ratios: readonly Ratio[];
  readonly figures: readonly Figure[];
  readonly goals: readonly Goal[];
  /** Sentences: what was different from the default, or not measured and why. */
  readonly notes: readonly string[];
}

export interface PinnedMachine extends Machine {
  readonly pinning: string;
}

export interface Outcome extends SectionOutcome {
  /** ISO 8601. */
  readonly date: string;
  readonly node: string;
  /** With which process ran on which core. */
  readonly machine: PinnedMachine;
  readonly sections: readonly string[];
  readonly rounds: number;
  readonly secondsPerCell: number;
  readonly seed: number;
  readonly tookMinutes: number;
  /** Cores that other programs used meanwhile, cell by cell; `null` where it is not known, or there are no rows. */
  readonly othersCores: Spread | null;
}

export const nothingToSay: SectionOutcome = {
  rows: [],
  ratios: [],
  figures: [],
  goals: [],
  notes: [],
};

/** All that sections have to say, in their order. */
export function joined(outcomes: readonly SectionOutcome[]): SectionOutcome {
  return {
    rows: outcomes.flatMap(({ rows }) => rows),
    ratios: outcomes.flatMap(({ ratios }) => ratios),
    figures: outcomes.flatMap(({ figures }) => figures),
    goals: outcomes.flatMap(({ goals }) => goals),
    notes: outcomes.flatMap(({ notes }) => notes),
  };
}

// A part of the benchmark that can be measured alone.

import type { BenchContext } from "../context.js";
import type { SectionOutcome } from "../outcome.js";

export interface Section {
  readonly name: string;
  /** For the usage. */
  readonly about: string;
  run(context: BenchContext): Promise<SectionOutcome>;
}

// A part of the benchmark that can be measured alone.

import type { BenchContext } from "../context.js";
import type { SectionOutcome } from "../outcome.js";

export interface Section {
  readonly name: string;
  /** For the usage. */
  readonly about: string;
  /** Whether it runs on all cores, as the system likes, instead of servers on one and the load on another. */
  readonly unpinned?: boolean;
  run(context: BenchContext): Promise<SectionOutcome>;
}

// What every section is given: how to measure, and where.

import type { BenchOptions } from "./options.js";
import type { Cores } from "./servers/cores.js";

export interface BenchContext {
  readonly options: BenchOptions;
  /** `null`: nothing is pinned. */
  readonly cores: Cores | null;
  /** Is told what runs, for people. */
  readonly progress: (text: string) => void;
}

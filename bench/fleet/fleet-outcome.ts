// What a run measured, as it is written as JSON and reported.

import type { Machine } from "../machine.js";
import type { CoreLive } from "./core-live.js";
import type { CoreLoad } from "./core-load.js";
import type { EtcdFigures } from "./etcd-run.js";
import type { FleetSize } from "./options.js";

export interface FleetOutcome {
  readonly date: string;
  readonly node: string;
  readonly machine: Machine;
  /** How many programs wanted a core while it began, on average over a minute; 0 on Windows, which does not say. */
  readonly loadBefore: number;
  readonly size: FleetSize;
  readonly seconds: number;
  /** `null`: this part was not measured. */
  readonly core: { readonly load: CoreLoad; readonly live: CoreLive } | null;
  readonly etcd: EtcdFigures | null;
}

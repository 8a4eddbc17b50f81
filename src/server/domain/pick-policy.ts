// How one of the free places of a block is chosen. A policy has no state of its own and asking it changes nothing, so that
// validate_only does not change what others get.

import type { Band } from "./bands.js";
import type { FreePorts } from "./free-ports.js";

export interface PickPolicy {
  /** The first offset of `portCount` consecutive free offsets within reach; `null` when there is no such run. */
  pick(free: FreePorts, portCount: number, reach: Band): number | null;
}

// What is the matter with a lease, in one word: the worst that is known of it.

import { Binding } from "@portlease/proto/portlease/v1/common.js";
import { type Lease, Lease_State } from "@portlease/proto/portlease/v1/lease.js";
import type { Tone } from "./terminal/paint.js";

export interface LeaseState {
  readonly word: string;
  readonly tone: Tone;
}

/** The words are those of the states of ports where they mean the same; "orphaned" is a socket that outlived its process. */
export function leaseState(lease: Lease): LeaseState {
  if (lease.state === Lease_State.STATE_ENDED) return { word: "ended", tone: "quiet" };
  switch (lease.binding) {
    case Binding.BINDING_STRANGER:
      return { word: "stranger", tone: "stranger" };
    case Binding.BINDING_ORPHANED:
      return { word: "orphaned", tone: "stranger" };
    default:
      if (lease.unprotected) return { word: "unprotected", tone: "unprotected" };
      if (lease.draining) return { word: "draining", tone: "draining" };
      return lease.binding === Binding.BINDING_BOUND
        ? { word: "bound", tone: "bound" }
        : { word: "leased", tone: "leased" };
  }
}

// The tones of states that the API tells of; what they look like is in paint.ts.

import { Problem_Severity, ServingState } from "@portlease/proto/portlease/v1/admin_service.js";
import { Binding } from "@portlease/proto/portlease/v1/common.js";
import { Block_State } from "@portlease/proto/portlease/v1/pool.js";
import type { Tone } from "./paint.js";

export const blockTones: Readonly<Record<Block_State, Tone | null>> = {
  [Block_State.STATE_UNSPECIFIED]: null,
  [Block_State.STATE_INTENDED]: "info",
  [Block_State.STATE_ACTIVE]: "well",
  [Block_State.STATE_DRAINING]: "draining",
  [Block_State.STATE_AMBIGUOUS]: "warning",
  [Block_State.STATE_UNAVAILABLE]: "unavailable",
  [Block_State.UNRECOGNIZED]: null,
};

export const bindingTones: Readonly<Record<Binding, Tone | null>> = {
  [Binding.BINDING_UNSPECIFIED]: null,
  [Binding.BINDING_UNBOUND]: "leased",
  [Binding.BINDING_BOUND]: "bound",
  [Binding.BINDING_STRANGER]: "stranger",
  [Binding.BINDING_ORPHANED]: "stranger",
  [Binding.UNRECOGNIZED]: null,
};

export const severityTones: Readonly<Record<Problem_Severity, Tone | null>> = {
  [Problem_Severity.SEVERITY_UNSPECIFIED]: null,
  [Problem_Severity.SEVERITY_INFO]: "info",
  [Problem_Severity.SEVERITY_WARNING]: "warning",
  [Problem_Severity.SEVERITY_CRITICAL]: "critical",
  [Problem_Severity.UNRECOGNIZED]: null,
};

export const servingTones: Readonly<Record<ServingState, Tone | null>> = {
  [ServingState.SERVING_STATE_UNSPECIFIED]: null,
  [ServingState.SERVING_STATE_SERVING]: "well",
  [ServingState.SERVING_STATE_READ_ONLY]: "critical",
  [ServingState.SERVING_STATE_STOPPING]: "draining",
  [ServingState.UNRECOGNIZED]: null,
};

// What colours mean: each state has a tone, each tone a colour, in one place for all commands. A tone never stands alone: the word of
// the state is always there too, for those who see no colours.

import { styleText } from "node:util";
import { Problem_Severity, ServingState } from "@portlease/proto/portlease/v1/admin_service.js";
import { Binding } from "@portlease/proto/portlease/v1/common.js";
import { Block_State } from "@portlease/proto/portlease/v1/pool.js";

/** Colours of the 16 that every terminal has, so that the user's own palette decides on contrast. */
const styles = {
  leased: "cyan",
  bound: "green",
  draining: "yellow",
  unprotected: "redBright",
  unavailable: "red",
  stranger: ["bold", "red"],
  well: "green",
  info: "cyan",
  warning: "yellow",
  critical: ["bold", "red"],
  heading: "bold",
  quiet: "dim",
} as const;

export type Tone = keyof typeof styles;

/** Gives a text the colour of its tone, or leaves it as it is where there are no colours. `null` has none. */
export type Paint = (tone: Tone | null, text: string) => string;

export const plainPaint: Paint = (_tone, text) => text;

/** Whether to paint was decided before, so styleText must not ask about stdout itself. */
export const colourPaint: Paint = (tone, text) => {
  if (tone === null || text === "") return text;
  const style = styles[tone];
  const format = typeof style === "string" ? style : [...style];
  return styleText(format, text, { validateStream: false });
};

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

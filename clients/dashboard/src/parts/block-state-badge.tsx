// Where a block is in its life, in a word and a colour.

import type { VNode } from "preact";
import type { BlockState } from "../api/messages.js";
import { enumText } from "../model/format.js";
import type { Level } from "../model/verdict.js";
import { LevelIcon } from "./icons.js";

const levels: Readonly<Record<BlockState, Level>> = {
  STATE_UNSPECIFIED: "unknown",
  STATE_INTENDED: "info",
  STATE_ACTIVE: "well",
  STATE_DRAINING: "warning",
  STATE_AMBIGUOUS: "warning",
  STATE_UNAVAILABLE: "critical",
};

export function BlockStateBadge({ state }: { readonly state: BlockState }): VNode {
  return (
    <span class="badge">
      <LevelIcon level={levels[state]} />
      {enumText(state, "STATE_")}
    </span>
  );
}

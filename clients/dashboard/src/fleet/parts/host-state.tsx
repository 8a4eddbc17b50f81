// How a host stands, as a sign with its word, and as a sentence.

import type { VNode } from "preact";
import { Badge } from "../../parts/lease-badges.js";
import { useFleet } from "../app/fleet-dashboard.js";
import type { Host } from "../api/fleet-messages.js";
import { hostLevel, hostSentence, silenceText, stateText } from "../model/host-words.js";

export function HostState({ host }: { readonly host: Host }): VNode {
  return <Badge level={hostLevel(host)}>{stateText(host)}</Badge>;
}

/** Of a host that is not heard from: for how long, and what was found at its address. Nothing of others. */
export function Silence({ host }: { readonly host: Host }): VNode | null {
  const { nowMs } = useFleet();
  if (host.state !== "STATE_NOT_HEARD_FROM") return null;
  return <p class="quiet small">{silenceText(host, nowMs.value)}</p>;
}

/** With the time since it was heard from, and what was found at its address. */
export function HostSentence({ host }: { readonly host: Host }): VNode {
  const { nowMs } = useFleet();
  return <>{hostSentence(host, nowMs.value)}</>;
}

// How a lease stands: its binding, and what else is out of the ordinary.

import type { VNode } from "preact";
import type { BindingState, Lease } from "../api/messages.js";
import { enumText } from "../model/format.js";
import type { Level } from "../model/verdict.js";
import { LevelIcon } from "./icons.js";

const levels: Readonly<Record<BindingState, Level>> = {
  BINDING_UNSPECIFIED: "unknown",
  BINDING_UNBOUND: "unknown",
  BINDING_BOUND: "well",
  BINDING_STRANGER: "critical",
  BINDING_ORPHANED: "critical",
};

export function LeaseBadges({ lease }: { readonly lease: Lease }): VNode {
  if (lease.state === "STATE_ENDED") {
    return (
      <Badge level="unknown">{`ended: ${enumText(lease.endReason, "LEASE_END_REASON_")}`}</Badge>
    );
  }
  return (
    <span class="badges">
      <BindingBadges {...lease} />
    </span>
  );
}

export type BindingBadgesProps = Pick<Lease, "binding" | "unprotected" | "draining">;

export function BindingBadges({ binding, unprotected, draining }: BindingBadgesProps): VNode {
  return (
    <>
      <Badge level={levels[binding]}>
        {binding === "BINDING_UNSPECIFIED" ? "not looked at" : enumText(binding, "BINDING_")}
      </Badge>
      {unprotected && <Badge level="warning">unprotected</Badge>}
      {draining && <Badge level="warning">draining</Badge>}
    </>
  );
}

export function Badge({
  level,
  children,
}: {
  readonly level: Level;
  readonly children: string;
}): VNode {
  return (
    <span class="badge">
      <LevelIcon level={level} />
      {children}
    </span>
  );
}

// What the broker's own leases and blocks have to do with a port. Pure.

import { formatPortRange } from "../domain/port-range.js";
import { refusals, stopsBind } from "./bind-trials.js";
import type { BlockFact, GistedFinding, LeaseFact, PortFacts } from "./port-facts.js";
import { portName } from "./texts.js";

const advice = {
  lease: "Lease a port of your own with: portlease acquire --service NAME",
  uncovered:
    "The broker covers it again when whoever is bound to it lets go; the findings below say who that is.",
} as const;

/** One finding: the lease where there is one, else the block. */
export function ownerFindings(facts: PortFacts): readonly GistedFinding[] {
  const { owner } = facts;
  if (owner === null || owner.block === null) return [];
  const { covered, kind } = owner.block;
  // In an ADMINISTERED block anybody may bind by naming the port, so what refuses a bind there is a socket.
  const blocking = covered && kind !== "administered" && stopsBind(facts);
  return owner.lease === null
    ? [blockFinding(facts, owner.block, blocking)]
    : [leaseFinding(facts, owner.block, owner.lease, blocking)];
}

function leaseFinding(
  facts: PortFacts,
  block: BlockFact,
  lease: LeaseFact,
  blocking: boolean,
): GistedFinding {
  const { leaseId, service, instance, processId, remainingMs } = lease;
  const holder = service === "" ? "an unnamed service" : `service "${service}"`;
  const parts = [
    instance === "" ? "" : `, instance "${instance}"`,
    processId === null ? "" : `, process ${processId}`,
  ];
  const open = refusals(facts).length === 0 && !blocking;
  const warning = open
    ? " Nothing enforces that now: a bind would succeed and take the port from its holder."
    : "";
  return {
    reason: "LEASED",
    message:
      `${portName(facts)} is leased to ${holder}${parts.join("")} for ${Math.ceil(remainingMs / 1_000)} s more unless renewed ` +
      `(lease ${leaseId}, ${blockName(block)}).${warning}`,
    remedy: `${advice.lease}; or let the holder end its lease with: portlease release ${leaseId}`,
    blocking,
    gist: `it is leased to ${holder}${parts.join("")}`,
  };
}

function blockFinding(facts: PortFacts, block: BlockFact, blocking: boolean): GistedFinding {
  const states = {
    free: "nobody leases it now",
    leased: "it is leased",
    quarantined: "it rests between two leases",
    unavailable: "it is out of use because somebody is bound to it",
  } as const;
  const uncovered = block.covered ? "" : " The reservation does not cover the port at present.";
  const open = block.covered && !blocking ? " Anybody may bind it by naming it." : "";
  return {
    reason: "IN_BLOCK",
    message: `${portName(facts)} belongs to ${blockName(block)}; ${states[block.portState]}.${uncovered}${open}`,
    remedy: blockRemedy(facts, block),
    blocking,
    gist: `it belongs to ${blockName(block)}`,
  };
}

function blockRemedy({ port }: PortFacts, { covered, portState, pool }: BlockFact): string {
  if (!covered) return advice.uncovered;
  // Nobody is given it while somebody is bound to it.
  if (portState === "unavailable") return advice.lease;
  // A port that rests is refused to who does not wait.
  const patience = portState === "quarantined" ? " --max-wait 1m" : "";
  return `Lease it with: portlease acquire --pool ${pool} --port ${port} --must${patience}`;
}

function blockName({ kind, ports, pool }: BlockFact): string {
  return `the broker's ${kind.toUpperCase()} block ${formatPortRange(ports)} of pool "${pool}"`;
}

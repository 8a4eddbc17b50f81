// Explains a port as the broker sees it: its own leases and blocks, and the host.

import type { Clock } from "../domain/boundaries.js";
import type { Broker } from "../domain/broker.js";
import type { TransportProtocol } from "../domain/records.js";
import { explainPort } from "./explain-port.js";
import { findOwningThings, type OwningThings, toPortOwner } from "./find-port-owner.js";
import { type FactSources, gatherPortFacts } from "./gather-port-facts.js";
import type { PortExplanation } from "./port-facts.js";

export interface OwnedPortExplanation extends PortExplanation, OwningThings {}

export type ExplainPort = (
  port: number,
  protocols: readonly TransportProtocol[],
) => Promise<OwnedPortExplanation>;

/** `block` and `lease` of the answer are those of the first protocol that has any. */
export function portExplainer(sources: FactSources, broker: Broker, clock: Clock): ExplainPort {
  return async (port, protocols) => {
    const owners = protocols.map((protocol) => findOwningThings(broker, protocol, port));
    const facts = await Promise.all(
      protocols.map((protocol, index) => {
        const things = owners[index] ?? { block: null, lease: null };
        const owner = toPortOwner(things, port, clock.monotonicMs());
        return gatherPortFacts(sources, protocol, port, owner);
      }),
    );
    const { block, lease } = owners.find((owner) => owner.block !== null) ?? {
      block: null,
      lease: null,
    };
    return { ...explainPort(facts), block, lease };
  };
}

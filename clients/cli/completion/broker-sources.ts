// What a broker knows of pools, leases, blocks and services, for completion: in a moment, or not at all, and without a word.

import { locateBroker } from "@portlease/client";
import { withBroker, type BrokerCalls } from "../broker-call.js";
import type { BrokerOptions } from "../broker-options.js";
import { portsText } from "../lease-text.js";
import { listBlocks } from "../list-blocks.js";
import { listLeases } from "../list-leases.js";
import { listPools } from "../list-pools.js";
import { usedText } from "../pool-view.js";
import type { Candidate, Sources, Subject } from "./candidates.js";

/** Somebody has pressed a key and waits. */
export const timeoutMs = 400;
/** Nobody chooses from more. */
const leasesMax = 200;

/** `options`: what the command line says of the broker. */
export function brokerSources(options: Partial<BrokerOptions>): Sources {
  return {
    find: async (subject) => {
      try {
        // The discovery files are not spoken of: a completion must print nothing else.
        const address = options.address ?? locateBroker().address;
        return await withBroker({ ...options, address, timeout: timeoutMs }, lookups[subject]);
      } catch {
        return [];
      }
    },
  };
}

const lookups: Readonly<Record<Subject, (broker: BrokerCalls) => Promise<readonly Candidate[]>>> = {
  pools: async (broker) =>
    (await listPools(broker)).map(({ pool, usage }) => ({
      text: pool,
      description: `${usedText(usage)} used`,
    })),
  // A broker knows no other host than its own.
  hosts: () => Promise.resolve([]),
  blocks: async (broker) =>
    (await listBlocks(broker, "")).map(({ blockId, pool }) => ({
      text: blockId,
      description: `pool ${pool}`,
    })),
  leases: async (broker) =>
    (await listLeases(broker, { limit: leasesMax })).leases.map((lease) => ({
      text: lease.leaseId,
      description: `${portsText(lease)} ${lease.holder?.service ?? ""}`.trim(),
    })),
  services: async (broker) => {
    const { leases } = await listLeases(broker, { limit: leasesMax });
    const names = new Set(leases.map(({ holder }) => holder?.service ?? ""));
    return [...names].filter(Boolean).map((text) => ({ text, description: "" }));
  },
};

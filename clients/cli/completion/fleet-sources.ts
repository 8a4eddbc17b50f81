// What a fleet server knows of hosts and services, for completion of the commands that ask one: in a moment, or not at all, and without a
// word.

import { FleetServiceService } from "@portlease/proto/portlease/v1/fleet_service.js";
import { type BrokerCalls, withBrokerQuietly } from "../broker-call.js";
import type { BrokerOptions } from "../broker-options.js";
import { listUpTo } from "../fleet-lists.js";
import { ofFleet } from "../fleet-options.js";
import { hostStateText } from "../fleet-text.js";
import { timeoutMs } from "./broker-sources.js";
import type { Candidate, Sources, Subject } from "./candidates.js";

/** Nobody chooses from more hosts, and who looks at so many leases sees the services that matter. */
const itemsMax = 1_000;

/** `options`: what the command line says of the fleet server. */
export function fleetSources(options: Partial<BrokerOptions>): Sources {
  return {
    find: async (subject) => {
      const look = lookups[subject];
      if (look === undefined) return [];
      try {
        return await withBrokerQuietly(ofFleet({ ...options, timeout: timeoutMs }), look);
      } catch {
        return [];
      }
    },
  };
}

type LookUp = (server: BrokerCalls) => Promise<readonly Candidate[]>;

const lookups: Readonly<Partial<Record<Subject, LookUp>>> = {
  hosts: async (server) => {
    const asked = { filter: "", orderBy: "" };
    const { listHosts } = FleetServiceService;
    const { items } = await listUpTo(server, listHosts, asked, ({ hosts }) => hosts, itemsMax);
    return items.map((host) => ({ text: host.hostId, description: hostStateText(host) }));
  },
  services: async (server) => {
    const asked = { filter: 'service != ""', orderBy: "" };
    const { listFleetLeases } = FleetServiceService;
    const { items } = await listUpTo(
      server,
      listFleetLeases,
      asked,
      (page) => page.leases,
      itemsMax,
    );
    const names = new Set(items.map(({ service }) => service));
    return [...names].map((text) => ({ text, description: "" }));
  },
};

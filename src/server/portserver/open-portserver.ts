// Opens the portserver of a broker that is to have one: checks that its pool's ports can be bound by who has no token, and begins to
// serve. The last thing to open, the first to close.

import { type HostPorts, openLocalPeers } from "@portlease/native";
import type { BrokerConfig } from "../config/config.js";
import { portserverPool } from "../config/portserver-address.js";
import type { Clock } from "../domain/boundaries.js";
import type { Broker } from "../domain/broker.js";
import type { Timed } from "../housekeeping.js";
import type { Log } from "../log.js";
import type { OpenedThings } from "../opened-things.js";
import { StartError } from "../start-error.js";
import { KeptLeases } from "./kept-leases.js";
import { listenAt } from "./listen.js";
import { NamedProcesses } from "./named-process.js";
import { Portserver } from "./portserver.js";

export interface PortserverWorld {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly hostPorts: HostPorts;
  readonly log: Log;
  readonly platform: NodeJS.Platform;
}

/**
 * Answers what has to be done from time to time; `null`: nothing, since no portserver is wanted, nor was when leases were granted that
 * live on. Rejects with StartError.
 */
export async function openPortserver(
  { portserver: address, requireToken }: Pick<BrokerConfig, "portserver" | "requireToken">,
  { broker, clock, hostPorts, log, platform }: PortserverWorld,
  opened: OpenedThings,
): Promise<Timed | null> {
  const kept = new KeptLeases(broker, hostPorts, clock, broker.leases());
  if (address === null) return kept.size === 0 ? null : kept;
  const protocol = checkPool(broker);
  const peers = openLocalPeers();
  const processes = new NamedProcesses(hostPorts, peers);
  // portpicker on Windows takes the end of a pipe without an answer for a failure of its own, and 0 for "no port".
  const noPort = platform === "win32" ? "0\n" : "";
  const parts = { broker, protocol, kept, processes, peers, address, noPort, log };
  const portserver = new Portserver(parts);
  const use = { ownerOnly: requireToken, platform };
  const server = await listenAt(address, use, (socket) => portserver.accept(socket));
  opened.add(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    portserver.stop();
    await closed;
  });
  log.info("serving as a portserver", { address, pool: portserverPool });
  return kept;
}

/** A pool that came from before, with live leases, may be of another kind than it is configured to be. */
function checkPool(broker: Broker): Broker["pools"][number]["policy"]["protocol"] {
  const pool = broker.pools.find(({ policy }) => policy.name === portserverPool);
  const unfit = pool?.blocks.find(({ reservation }) => reservation.bindMethod !== "plain");
  if (pool !== undefined && unfit === undefined) return pool.policy.protocol;
  const kind = unfit?.record.kind ?? "unknown";
  throw new StartError(
    "CANNOT_RESERVE",
    `the ports of pool "${portserverPool}" (${kind}) can be bound with a token only, and clients of a portserver have none: ` +
      "give the pool the kind administered, or held on Linux, once its leases have ended",
  );
}

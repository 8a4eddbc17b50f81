// Leases ports for this process. The client, and gRPC with it, is loaded for the first lease and not before.

import type { LeaseClient } from "../lease-client.js";
import type { LeaseLost } from "../lease-events.js";
import { logSaying, type Say } from "./notices.js";
import type { AcquireLease, LeaseRequest } from "./process-leases.js";
import type { RegisterSettings } from "./settings.js";

export function leaseAcquirer(settings: RegisterSettings, say: Say): AcquireLease {
  let client: Promise<LeaseClient> | null = null;
  const opened = async (): Promise<LeaseClient> => {
    const { LeaseClient: Client } = await import("../lease-client.js");
    const { waitBrokerMs: acquireTimeoutMs } = settings;
    return new Client({ acquireTimeoutMs, log: logSaying(say) });
  };
  return async (request, signal) => {
    client ??= opened();
    const lease = await (
      await client
    ).acquire({
      ...wishOf(request, settings),
      signal,
      ...(settings.onLost === "ignore" ? {} : { onLost: settings.onLost }),
    });
    lease.once("lost", ({ message }: LeaseLost) => {
      say(`LEASE LOST: port ${lease.port}: ${message}; ${consequences[settings.onLost]}`);
    });
    return lease;
  };
}

const consequences: Readonly<Record<RegisterSettings["onLost"], string>> = {
  exit: "the process ends (PORTLEASE_ON_LOST=exit)",
  close: "its servers are closed (PORTLEASE_ON_LOST=close)",
  ignore: "its servers go on (PORTLEASE_ON_LOST=ignore), but nothing keeps the port for them",
};

function wishOf(
  { protocol, service, port }: LeaseRequest,
  settings: RegisterSettings,
): Parameters<LeaseClient["acquire"]>[0] {
  const { instance, pool, udpPool } = settings;
  const chosenPool = protocol === "udp" ? (udpPool ?? pool) : pool;
  return {
    protocol,
    service: service ?? settings.service,
    // A service with a port of its own is known by it, and so finds it again at once after a restart: without an instance it
    // would have to wait until the port has rested.
    instance: instance || (port === null ? "" : String(port)),
    ...(chosenPool === "" ? {} : { pool: chosenPool }),
    ...(port === null ? {} : { preferredPort: port, preferredPortMode: "must" }),
  };
}

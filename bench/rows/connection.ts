// What the scenarios of one round share: a channel to the broker, a session on it, and leases that are held all the time.

import { credentials, type ServiceError } from "@grpc/grpc-js";
import { HealthClient } from "@portlease/proto/grpc/health/v1/health.js";
import {
  AcquireLeaseRequest,
  LeaseServiceClient,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { SessionClient } from "./session-client.js";

/** Enough that renewals in flight rarely meet at one lease, and few against the pool. */
const heldDefault = 1_024;
/** Longer than any round: a renewal is an early one, as in real life. */
const heldTtlSeconds = 3_600n;

/** What a holder knows of its lease. */
export interface HeldLease {
  readonly leaseId: string;
  readonly holderKey: string;
}

export interface Connection {
  readonly health: HealthClient;
  readonly leases: LeaseServiceClient;
  readonly session: SessionClient;
  readonly held: readonly HeldLease[];
  close(): void;
}

/** `heldCount`: how many leases are acquired for renewals. */
export async function connect(address: string, heldCount = heldDefault): Promise<Connection> {
  const health = new HealthClient(address, credentials.createInsecure());
  // One TCP connection for both services.
  const leases = new LeaseServiceClient(address, credentials.createInsecure(), {
    channelOverride: health.getChannel(),
  });
  const session = new SessionClient(leases);
  const close = (): void => {
    void session.close();
    health.close();
  };
  try {
    return { health, leases, session, held: await acquireHeld(session, heldCount), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Makes a unary call as a promise. */
export function unaryCall<Response>(
  call: (callback: (error: ServiceError | null, response: Response) => void) => unknown,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    call((error, response) => (error === null ? resolve(response) : reject(error)));
  });
}

async function acquireHeld(session: SessionClient, count: number): Promise<HeldLease[]> {
  const value = AcquireLeaseRequest.fromPartial({
    holder: { service: "bench", instance: "held" },
    ttl: { seconds: heldTtlSeconds, nanos: 0 },
  });
  const request = { $case: "acquireLease", value } as const;
  const asked = Array.from({ length: count }, () => session.ask(request, "acquireLease"));
  const granted = await Promise.all(asked);
  return granted.map(({ lease, holderKey }) => ({ leaseId: lease?.leaseId ?? "", holderKey }));
}

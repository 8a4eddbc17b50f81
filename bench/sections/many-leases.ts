// Acquires and renews many leases as fast as a session takes it.

import {
  AcquireLeaseRequest,
  type LeaseServiceClient,
} from "@portlease/proto/portlease/v1/lease_service.js";
import type { HeldLease } from "../rows/connection.js";
import { type News, SessionClient } from "../rows/session-client.js";

/** As many as one message may renew: docs/limits.md. */
const leasesPerSession = 1_000;

export interface ManyHeld {
  readonly session: SessionClient;
  readonly held: readonly HeldLease[];
}

/** `hear` is told what the broker says by itself to any of the sessions. */
export function acquireWithSessions(
  client: LeaseServiceClient,
  count: number,
  ttlMs: number,
  hear: (news: News) => void = () => undefined,
): Promise<readonly ManyHeld[]> {
  const sessions = Math.ceil(count / leasesPerSession);
  return Promise.all(
    Array.from({ length: sessions }, async (_, index) => {
      const session = new SessionClient(client, hear);
      const own = Math.min(leasesPerSession, count - index * leasesPerSession);
      return { session, held: await acquireMany(session, own, ttlMs) };
    }),
  );
}

/** `ttlMs` is of whole seconds. */
export async function acquireMany(
  session: SessionClient,
  count: number,
  ttlMs: number,
): Promise<readonly HeldLease[]> {
  const value = AcquireLeaseRequest.fromPartial({
    holder: { service: "bench", instance: "many" },
    ttl: { seconds: BigInt(ttlMs / 1_000), nanos: 0 },
  });
  const request = { $case: "acquireLease", value } as const;
  const granted = await Promise.all(
    Array.from({ length: count }, () => session.ask(request, "acquireLease")),
  );
  return granted.map(({ lease, holderKey }) => ({ leaseId: lease?.leaseId ?? "", holderKey }));
}

/** Resolves with how many of them could not be renewed, and why the first of these. */
export async function renewAll(
  session: SessionClient,
  held: readonly HeldLease[],
): Promise<{ readonly missed: number; readonly why: string }> {
  const leases = held.map((lease) => ({ ...lease, ttl: undefined }));
  const request = { $case: "renewLeases", value: { leases } } as const;
  const { leases: results } = await session.ask(request, "renewLeases");
  const failures = results.flatMap(({ error }) => error ?? []);
  return { missed: failures.length, why: failures[0]?.message ?? "" };
}

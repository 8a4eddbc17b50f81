// Renews several leases in one message of a session, as clients do.

import { status } from "@grpc/grpc-js";
import { failureOfStatus, RpcFailure } from "../../support/rpc-failure.js";
import type { SessionCaller } from "../../support/session-caller.js";
import type { KnownLease } from "./lease-history.js";

/** In the order of the leases: `null` where it was renewed. Rejects with RpcFailure when the session ends before the answer. */
export async function renewOnSession(
  session: SessionCaller,
  leases: readonly KnownLease[],
): Promise<readonly (RpcFailure | null)[]> {
  const asked = leases.map(({ leaseId, holderKey }) => ({ leaseId, holderKey }));
  const request = { $case: "renewLeases", value: { leases: asked } } as const;
  const answer = await session.tell(request, "renewLeases").catch(sessionEnded);
  return answer.leases.map(({ error }) => (error === undefined ? null : failureOfStatus(error)));
}

/** A session that ended in order, before the answer, is a broker that stops. */
function sessionEnded(error: unknown): never {
  if (error instanceof RpcFailure) throw error;
  throw failureOfStatus({ code: status.UNAVAILABLE, message: String(error), details: [] });
}

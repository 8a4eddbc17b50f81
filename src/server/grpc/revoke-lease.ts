// RevokeLease: an operator takes a lease back. Who calls stands in the history.

import type {
  RevokeLeaseRequest,
  RevokeLeaseResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import type { Broker } from "../domain/broker.js";
import { toEndedLease } from "./lease-events.js";
import { checkLeaseId } from "./parse.js";

export async function revokeLease(
  { revoking }: Broker,
  { leaseId, reason, allowMissing }: RevokeLeaseRequest,
  actor: string,
): Promise<RevokeLeaseResponse> {
  const revoked = await revoking.revoke(checkLeaseId(leaseId), { actor, reason }, allowMissing);
  return { lease: revoked === null ? undefined : toEndedLease(revoked.ended, revoked.revision) };
}

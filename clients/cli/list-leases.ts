// Reads the list of leases, as many as are asked for.

import type { Lease } from "@portlease/proto/portlease/v1/lease.js";
import { LeaseServiceService } from "@portlease/proto/portlease/v1/lease_service.js";
import { pageSizeMax } from "./all-pages.js";
import type { BrokerCalls } from "./broker-call.js";

export interface LeaseQuery {
  readonly filter?: string;
  readonly orderBy?: string;
  readonly limit: number;
}

export interface Listing {
  readonly leases: readonly Lease[];
  readonly totalSize: number;
  readonly revision: bigint;
}

/** At most `limit` of them; totalSize says how many there are. */
export async function listLeases(
  broker: BrokerCalls,
  { filter = "", orderBy = "", limit }: LeaseQuery,
): Promise<Listing> {
  const leases: Lease[] = [];
  let pageToken = "";
  for (;;) {
    const request = {
      pageSize: Math.min(pageSizeMax, limit - leases.length),
      pageToken,
      filter,
      orderBy,
    };
    const page = await broker.call(LeaseServiceService.listLeases, request);
    leases.push(...page.leases);
    pageToken = page.nextPageToken;
    if (pageToken === "" || leases.length >= limit) {
      return { leases, totalSize: page.totalSize, revision: page.revision };
    }
  }
}

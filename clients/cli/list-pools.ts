// Reads the list of pools.

import { AdminServiceService } from "@portlease/proto/portlease/v1/admin_service.js";
import type { Pool } from "@portlease/proto/portlease/v1/pool.js";
import { allPages, pageSizeMax } from "./all-pages.js";
import type { BrokerCalls } from "./broker-call.js";

/** All of them, by name. */
export function listPools(broker: BrokerCalls): Promise<readonly Pool[]> {
  return allPages(
    (pageToken) => broker.call(AdminServiceService.listPools, { pageSize: pageSizeMax, pageToken }),
    ({ pools }) => pools,
  );
}

// Reads the list of blocks.

import { AdminServiceService } from "@portlease/proto/portlease/v1/admin_service.js";
import type { Block } from "@portlease/proto/portlease/v1/pool.js";
import { allPages, pageSizeMax } from "./all-pages.js";
import type { BrokerCalls } from "./broker-call.js";

/** Of one pool; "": of all. By first port. */
export function listBlocks(broker: BrokerCalls, pool: string): Promise<readonly Block[]> {
  return allPages(
    (pageToken) =>
      broker.call(AdminServiceService.listBlocks, { pageSize: pageSizeMax, pageToken, pool }),
    ({ blocks }) => blocks,
  );
}

// The blocks of a broker as its operator sees them.

import { ListBlocksRequest } from "@portlease/proto/portlease/v1/admin_service.js";
import type { Block } from "@portlease/proto/portlease/v1/pool.js";
import { type LeaseCaller, unary } from "./lease-caller.js";

export async function blocksOf({ adminClient }: LeaseCaller): Promise<readonly Block[]> {
  const method = adminClient.listBlocks.bind(adminClient);
  return (await unary(method, ListBlocksRequest.fromPartial({}))).blocks;
}

// Reads the lists of a fleet server, as much of each as is asked for.

import type { MethodDefinition } from "@grpc/grpc-js";
import { FleetServiceService } from "@portlease/proto/portlease/v1/fleet_service.js";
import { pageSizeMax } from "./all-pages.js";
import type { BrokerCalls } from "./broker-call.js";

export interface Listed<Item> {
  readonly items: readonly Item[];
  /** How many there are. */
  readonly totalSize: number;
}

interface PageRequest {
  readonly pageSize: number;
  readonly pageToken: string;
}

interface PageOf {
  readonly nextPageToken: string;
  /** A list that does not say it is asked for whole. */
  readonly totalSize?: number;
}

/** At most `limit` of them, in the server's largest pages. `asked`: everything of the request but the page. */
export async function listUpTo<Request extends PageRequest, Response extends PageOf, Item>(
  server: BrokerCalls,
  method: MethodDefinition<Request, Response>,
  asked: Omit<Request, keyof PageRequest>,
  itemsOf: (page: Response) => readonly Item[],
  limit: number,
): Promise<Listed<Item>> {
  const items: Item[] = [];
  let pageToken = "";
  for (;;) {
    const pageSize = Math.min(pageSizeMax, limit - items.length);
    const request = { ...asked, pageSize, pageToken } as Request;
    const page = await server.call(method, request);
    items.push(...itemsOf(page));
    pageToken = page.nextPageToken;
    if (pageToken === "" || items.length >= limit) {
      return { items, totalSize: page.totalSize ?? items.length };
    }
  }
}

/** Rejects with HOST_NOT_FOUND for a host that the fleet does not know: nothing listed of it would look as if all were well there. */
export async function askForHost(
  server: Pick<BrokerCalls, "call">,
  hostId: string | undefined,
): Promise<void> {
  if (hostId !== undefined) await server.call(FleetServiceService.getHost, { hostId });
}

/** For the notes of a list that was cut. */
export function shownOf({ items, totalSize }: Listed<unknown>, what: string): readonly string[] {
  return items.length < totalSize ? [`${items.length} of ${totalSize} ${what} shown`] : [];
}

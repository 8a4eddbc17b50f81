// Page sizes and page tokens, the same for every list. A token names the list it belongs to and the last item sent.

import { fieldInvalid } from "../domain/acquire-request.js";
import { BrokerError } from "../domain/errors.js";

export const pageSizeDefault = 100;
export const pageSizeMax = 1_000;
const pageTokenLengthMax = 512;

/** 0 is the default, too much is coerced. */
export function pageSize(asked: number): number {
  if (asked < 0) throw fieldInvalid("page_size", `is ${asked}; it must not be negative`);
  return asked === 0 ? pageSizeDefault : Math.min(asked, pageSizeMax);
}

export function encodePageToken(list: string, lastItem: string): string {
  return Buffer.from(JSON.stringify([list, lastItem])).toString("base64url");
}

/** The last item of the page before; "" for the first page. */
export function decodePageToken(list: string, token: string): string {
  if (token === "") return "";
  try {
    if (token.length > pageTokenLengthMax) throw new RangeError("too long");
    const parsed: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    if (Array.isArray(parsed) && parsed[0] === list && typeof parsed[1] === "string")
      return parsed[1];
  } catch {
    // Fall through: every unreadable token gets the same answer.
  }
  throw new BrokerError(
    "page_token_invalid",
    "page_token does not belong to this list; send the next_page_token of the page before, unchanged, or none",
    { field: "page_token" },
  );
}

/** Cuts a page out of a sorted list. */
export function pageOf<Item>(
  list: string,
  sorted: readonly Item[],
  keyOf: (item: Item) => string,
  request: { readonly pageSize: number; readonly pageToken: string },
): { readonly items: readonly Item[]; readonly nextPageToken: string } {
  const after = decodePageToken(list, request.pageToken);
  const rest = sorted.filter((item) => keyOf(item) > after);
  const items = rest.slice(0, pageSize(request.pageSize));
  const last = items.at(-1);
  const more = last !== undefined && rest.length > items.length;
  return { items, nextPageToken: more ? encodePageToken(list, keyOf(last)) : "" };
}

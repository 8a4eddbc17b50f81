// Page sizes and page tokens, the same for every list. A token names the list it belongs to and the last item sent; where a
// list can be asked for in several ways, also a hash of what was asked.

import { createHash } from "node:crypto";
import { fieldInvalid } from "../domain/refusals.js";
import { BrokerError } from "../domain/errors.js";
import type { Order, SortKey } from "./order-by.js";

export const pageSizeDefault = 100;
export const pageSizeMax = 1_000;
/** An order by service and instance puts both into the token. */
const pageTokenLengthMax = 4_096;

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

/** `asked`: everything but page size and token that decides what is listed, and in what order. */
export function encodePosition(
  list: string,
  asked: readonly (string | number)[],
  position: readonly (string | number)[],
): string {
  return encodePageToken(list, JSON.stringify([hashOf(asked), ...position]));
}

/** The position after which the page begins; `null` for the first page. Throws page_token_invalid when something else was asked. */
export function decodePosition(
  list: string,
  asked: readonly (string | number)[],
  token: string,
): readonly unknown[] | null {
  const text = decodePageToken(list, token);
  if (text === "") return null;
  try {
    const parsed: unknown = JSON.parse(text);
    if (Array.isArray(parsed) && parsed[0] === hashOf(asked)) return parsed.slice(1);
  } catch {
    // The same answer as for a token of another question.
  }
  throw pageTokenOfAnother();
}

/** The key after which the page begins, in an order; `null` for the first page. Throws page_token_invalid as {@link decodePosition}. */
export function positionInOrder(
  order: Pick<Order<never>, "isKey">,
  list: string,
  asked: readonly (string | number)[],
  token: string,
): SortKey | null {
  const position = decodePosition(list, asked, token);
  if (position === null || order.isKey(position)) return position;
  throw pageTokenOfAnother();
}

/** For a token that belongs to the same list, asked for in another way. */
export function pageTokenOfAnother(): BrokerError {
  return new BrokerError(
    "page_token_invalid",
    "page_token was made for another filter, order or search; send the same ones as for the page before, or no token",
    { field: "page_token" },
  );
}

/** Finds honest mistakes; a forged token only shows other parts of the same list. */
function hashOf(asked: readonly (string | number)[]): string {
  return createHash("sha256").update(JSON.stringify(asked)).digest("base64url").slice(0, 16);
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

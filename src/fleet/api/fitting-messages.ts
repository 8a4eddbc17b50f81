// How many messages fit into one answer. Most pages are bounded by their size long before; hosts with a hundred problems are not.

import { pageBytesMax } from "../../server/grpc/page-bytes.js";
import { wireBytesMax } from "./wire-bytes.js";

/** The first ones that fit into an answer together: all but rarely, and always one. */
export function fittingMessages<Message>(messages: readonly Message[]): Message[] {
  let bytes = 0;
  const end = messages.findIndex((message) => {
    bytes += wireBytesMax(message);
    return bytes > pageBytesMax;
  });
  return messages.slice(0, end < 0 ? undefined : Math.max(1, end));
}

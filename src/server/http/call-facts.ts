// What a handler of grpc-js asks of its call, taken from an HTTP request: which connection it is on, and with which token.

import type { IncomingMessage } from "node:http";
import { Metadata } from "@grpc/grpc-js";

export interface CallFacts {
  readonly metadata: Metadata;
  /** The connection's name, as PeerConnections gave it. */
  readonly peer: string;
}

/** No token looks like it, and the gate refuses it as any wrong one. */
const unsendable = "unsendable";

export function callFactsOf(request: IncomingMessage, peer: string): CallFacts {
  const metadata = new Metadata();
  // All of them: the gate refuses two, where Node would show the first alone.
  for (const value of request.headersDistinct["authorization"] ?? []) {
    // Metadata throws for others.
    metadata.add("authorization", /^[\x20-\x7e]*$/.test(value) ? value : unsendable);
  }
  return { metadata, peer };
}

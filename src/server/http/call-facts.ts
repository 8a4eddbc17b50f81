// What a handler of grpc-js asks of its call, taken from an HTTP request: which connection it is on, with which token, and of which trace.

import type { IncomingMessage } from "node:http";
import { Metadata } from "@grpc/grpc-js";

export interface CallFacts {
  readonly metadata: Metadata;
  /** The connection's name, as PeerConnections gave it. */
  readonly peer: string;
}

/** Metadata throws for other values. */
const sendable = /^[\x20-\x7e]*$/;
/** No token looks like it, and the gate refuses it as any wrong one. */
const unsendable = "unsendable";

export function callFactsOf(request: IncomingMessage, peer: string): CallFacts {
  const metadata = new Metadata();
  const { traceparent } = request.headers;
  if (typeof traceparent === "string" && sendable.test(traceparent)) {
    metadata.set("traceparent", traceparent);
  }
  // All of them: the gate refuses two, where Node would show the first alone.
  for (const value of request.headersDistinct["authorization"] ?? []) {
    metadata.add("authorization", sendable.test(value) ? value : unsendable);
  }
  return { metadata, peer };
}

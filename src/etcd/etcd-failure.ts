// What an answer of etcd that is no success means: for the caller, and for whether it may be asked again.
//
// etcd gives its errors a gRPC code and a fixed text. The codes are shared by errors of different meaning, and etcd's own client
// tells those apart by their texts, which is why a few are named here:
// https://github.com/etcd-io/etcd/blob/main/api/v3rpc/rpctypes/error.go

import { status } from "@grpc/grpc-js";
import { EtcdError, type EtcdErrorCode } from "./etcd.js";

/** An answer, as gRPC and etcd say it. */
export interface Answer {
  readonly code: status;
  readonly details: string;
}

export type Meaning =
  /** Nothing was done, and another endpoint may do it. */
  | "not-done"
  /** It was sent, and nobody knows whether it was done. */
  | "unknown"
  /** The token is not taken any more, or there should be one. Nothing was done. */
  | "token"
  /** The answer is final. */
  | EtcdErrorCode;

const noLeader = "etcdserver: no leader";
const noSpace = "etcdserver: mvcc: database space exceeded";
/** What gRPC says of a message above the limit of whoever is to take it, be it in Go or in JavaScript. */
const tooLarge = /received message larger than max/i;
/** What it says of a call without a token where it wants one. */
const noUser = "etcdserver: user name is empty";
/** Both are said of a token from before users or roles were changed, by versions that do not try again themselves. */
const oldTokens = new Set([
  "etcdserver: revision of auth store is old",
  "auth: revision in header is old",
]);

export function meaningOf({ code, details }: Answer): Meaning {
  if (details === noUser || oldTokens.has(details)) return "token";
  switch (code) {
    case status.UNAVAILABLE:
      return details === noLeader ? "not-done" : "unknown";
    // What gRPC says of connections that break, or that are none of HTTP/2.
    case status.CANCELLED:
    case status.INTERNAL:
    case status.DEADLINE_EXCEEDED:
      return "unknown";
    case status.UNAUTHENTICATED:
      return "token";
    case status.PERMISSION_DENIED:
      return "denied";
    case status.OUT_OF_RANGE:
      return "compacted";
    case status.NOT_FOUND:
      return "lease-not-found";
    case status.RESOURCE_EXHAUSTED:
      if (details === noSpace) return "no-space";
      // Also said of a caller who asks too much at once, which passes.
      return tooLarge.test(details) ? "refused" : "unknown";
    default:
      return "refused";
  }
}

/** `what`: what etcd was asked for, as "to read keys that begin with /a/". */
export function finalError(
  code: EtcdErrorCode,
  endpoint: string,
  what: string,
  details: string,
): EtcdError {
  const message = `etcd at ${endpoint} was asked ${what} and said: ${details}. ${remedies[code]}`;
  return new EtcdError(code, message.trimEnd());
}

export function uncertain(endpoint: string, what: string, details: string): EtcdError {
  const message = `etcd at ${endpoint} was asked ${what}, and did not say whether it did: ${details}. ${remedies.timeout}`;
  return new EtcdError("timeout", message);
}

export function noAnswer(endpoint: string, what: string, limitMs: number): EtcdError {
  return uncertain(endpoint, what, `no answer within ${limitMs} ms`);
}

/** `tried`: each endpoint with what came of it. */
export function unreachable(what: string, tried: readonly string[]): EtcdError {
  const message = `etcd could not be asked ${what}: ${tried.join("; ")}. ${remedies.unavailable}`;
  return new EtcdError("unavailable", message);
}

export function closed(): EtcdError {
  return new EtcdError("closed", "the client of etcd is closed");
}

const remedies: Readonly<Record<EtcdErrorCode, string>> = {
  unavailable: "Check that etcd runs, and that its address and TLS are right.",
  timeout: "It may be done or not: look before trying again.",
  denied: "Check the user, the password, and which keys the user's roles allow.",
  "lease-not-found": "The etcd lease has run out or was revoked; grant a new one.",
  compacted: "Read the keys again as they are now.",
  "no-space":
    "Compact and defragment etcd and disarm its alarm, or raise its --quota-backend-bytes.",
  refused: "Check that it is etcd 3.4 or later, and what its limits are.",
  closed: "",
};

// How callers are turned away, each refusal worded once. Never says what is right about a token, or which tokens there are.

import { BrokerError } from "../domain/errors.js";
import type { Caller } from "./caller.js";
import type { NeededRoles } from "./method-roles.js";

const howToSend =
  'send one as "authorization: Bearer TOKEN" (portlease: --token-file or PORTLEASE_TOKEN_FILE)';

export function tokenMissing(path: string): BrokerError {
  return new BrokerError(
    "token_missing",
    `${methodOf(path)} was called without a token, and who calls is not known otherwise; ${howToSend}`,
    { metadata: { method: methodOf(path) } },
  );
}

/** `server`: the kind of server that refuses, "broker". */
export function tokenInvalid(path: string, server: string): BrokerError {
  return new BrokerError(
    "token_invalid",
    `${methodOf(path)} was called with a token that this ${server} does not know: it was replaced, or is another ${server}'s; take ` +
      "today's from its file",
    { metadata: { method: methodOf(path) } },
  );
}

export function roleMissing(
  path: string,
  needed: NeededRoles,
  caller: Caller,
  server: string,
): BrokerError {
  const [has, needs] = [[...caller.roles].join(", ") || "none", needed.join(" or ")];
  const advice = needed.includes("admin")
    ? `${howToSend}; the ${server}'s own admin token is the file admin.token in its data directory`
    : `give ${caller.name} another role in the ${server}'s configuration (tokens, tls.identities), or ${howToSend}`;
  return new BrokerError(
    "role_missing",
    `${methodOf(path)} needs the role ${needs}, and ${caller.name} has: ${has}; ${advice}`,
    { metadata: { method: methodOf(path), needs, has, caller: caller.name } },
  );
}

export function rateLimited(callsPerSecond: number, retryAfterMs: number): BrokerError {
  return new BrokerError(
    "rate_limited",
    `this connection makes more than ${callsPerSecond} calls a second; wait, renew many leases in one message of a session, or raise ` +
      "limits.callsPerSecond",
    {
      subject: "connection",
      retryAfterMs,
      metadata: { calls_per_second: String(callsPerSecond) },
    },
  );
}

/** "/portlease.v1.LeaseService/GetLease" is GetLease to people. */
export function methodOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

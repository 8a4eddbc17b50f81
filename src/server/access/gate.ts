// Decides for each call who calls and whether it may: by its token, by the certificate of its connection, or because it comes from
// this host (semantics.md 12). How calls and refusals look on the wire is not its business.

import type { Clock } from "../domain/boundaries.js";
import { rateLimited, roleMissing, tokenInvalid, tokenMissing } from "./access-refusals.js";
import { anonymous, type Caller } from "./caller.js";
import type { Identities } from "./identities.js";
import { neededRoles } from "./method-roles.js";
import { TokenBucket } from "./token-bucket.js";
import type { Tokens } from "./tokens.js";

/** What is known of the connection of a call. The same object stands for the same connection. */
export interface CallOrigin {
  /** True only when the other end is surely a process of this host. */
  readonly thisHost: boolean;
  /** Of a client certificate that TLS verified; empty without one. */
  readonly certificateNames: readonly string[];
}

export interface GatedCall {
  /** As on the wire, such as "/portlease.v1.LeaseService/GetLease". */
  readonly path: string;
  /** The values of the header "authorization". */
  readonly authorization: readonly string[];
  readonly origin: CallOrigin;
}

export interface GateRules {
  readonly tokens: Pick<Tokens, "callerOf">;
  readonly identities: Identities;
  /** True: being on this host is not enough. */
  readonly requireToken: boolean;
  readonly callsPerSecond: number;
  readonly clock: Clock;
  /** What kind of server this is, in the words of refusals: "broker". */
  readonly server: string;
}

export class Gate {
  #rules: GateRules;
  #buckets = new WeakMap<CallOrigin, TokenBucket>();

  constructor(rules: GateRules) {
    this.#rules = rules;
  }

  /** For calls from now on; those under way are checked again by whoever has them. */
  change(rules: Pick<GateRules, "identities" | "requireToken" | "callsPerSecond">): void {
    if (rules.callsPerSecond !== this.#rules.callsPerSecond) this.#buckets = new WeakMap();
    this.#rules = { ...this.#rules, ...rules };
  }

  /** Throws BrokerError: rate_limited, or as `check`. */
  admit(call: GatedCall): Caller {
    this.#count(call.origin);
    return this.check(call);
  }

  /** What `admit` decides, for a call that was counted before. Throws BrokerError: token_missing, token_invalid, role_missing. */
  check(call: GatedCall): Caller {
    const caller = this.#callerOf(call);
    const needed = neededRoles(call.path) ?? ["admin"];
    if (!needed.some((role) => caller.roles.has(role))) {
      throw roleMissing(call.path, needed, caller, this.#rules.server);
    }
    return caller;
  }

  /** A token that was sent counts alone: a wrong one never falls back to what the caller would be without it. */
  #callerOf({ path, authorization, origin }: GatedCall): Caller {
    const { tokens, identities, requireToken, server } = this.#rules;
    if (authorization.length > 0) {
      const token = authorization.length === 1 ? bearerToken(authorization[0] ?? "") : null;
      const caller = token === null ? null : tokens.callerOf(token);
      if (caller === null) throw tokenInvalid(path, server);
      return caller;
    }
    const caller = identities.callerOf(origin.certificateNames);
    if (caller !== null) return caller;
    if (origin.thisHost && !requireToken) return anonymous;
    throw tokenMissing(path);
  }

  #count(origin: CallOrigin): void {
    const { clock, callsPerSecond } = this.#rules;
    const nowMs = clock.monotonicMs();
    const bucket = this.#buckets.get(origin) ?? new TokenBucket(callsPerSecond, nowMs);
    this.#buckets.set(origin, bucket);
    const waitMs = bucket.take(nowMs);
    if (waitMs > 0) throw rateLimited(callsPerSecond, waitMs);
  }
}

/** https://www.rfc-editor.org/rfc/rfc6750#section-2.1; the scheme has no case. `null` for anything else. */
function bearerToken(header: string): string | null {
  return /^bearer +([\x21-\x7e]+)$/i.exec(header)?.[1] ?? null;
}

// What a caller may ask for, and the checks that need nothing but the pool's policy. Every check names the field, the value,
// the bounds and the way out.

import { BrokerError } from "./errors.js";
import type { PoolPolicy } from "./pool.js";
import { highestPort } from "./port-range.js";
import { fieldInvalid } from "./refusals.js";
import type { Holder, Protocol, RequestFingerprint } from "./records.js";

export interface AcquireRequest {
  /** Empty: "default". */
  readonly pool: string;
  readonly protocol: Protocol;
  /** 0: 1. */
  readonly portCount: number;
  /** 0: none. */
  readonly preferredPort: number;
  readonly portMustMatch: boolean;
  /** `null`: the pool's default. */
  readonly ttlMs: number | null;
  readonly holder: Holder;
  readonly request: RequestFingerprint | null;
  readonly validateOnly: boolean;
  /** `null`: the lease lives though nobody ever binds its ports. */
  readonly bindWithinMs: number | null;
  /** How long the caller waits in line while nothing can be had; 0: not at all. */
  readonly maxWaitMs: number;
}

export const nameLengthMax = 128;
export const labelsMax = 32;
export const labelKeyLengthMax = 63;
export const labelValueLengthMax = 255;

export function checkTtl(policy: PoolPolicy, ttlMs: number | null): number {
  if (ttlMs === null) return policy.ttlDefaultMs;
  if (ttlMs >= policy.ttlMinMs && ttlMs <= policy.ttlMaxMs) return ttlMs;
  throw new BrokerError(
    "ttl_out_of_range",
    `ttl ${ttlMs / 1000} s is outside of what pool "${policy.name}" allows: ` +
      `${policy.ttlMinMs / 1000} s to ${policy.ttlMaxMs / 1000} s; ask for a ttl in that range, or leave it unset`,
    {
      field: "ttl",
      metadata: {
        pool: policy.name,
        ttl_seconds: String(ttlMs / 1000),
        min_ttl_seconds: String(policy.ttlMinMs / 1000),
        max_ttl_seconds: String(policy.ttlMaxMs / 1000),
      },
    },
  );
}

export function checkPortCount(policy: PoolPolicy, portCount: number): number {
  if (portCount === 0) return 1;
  if (portCount <= policy.portCountMax) return portCount;
  throw new BrokerError(
    "port_count_out_of_range",
    `port_count ${portCount} is more than pool "${policy.name}" gives to one lease: at most ${policy.portCountMax}; ` +
      "ask for fewer ports or take several leases",
    {
      field: "port_count",
      metadata: {
        pool: policy.name,
        port_count: String(portCount),
        max_port_count: String(policy.portCountMax),
      },
    },
  );
}

export function checkPreferredPort({
  preferredPort,
  portMustMatch,
}: Pick<AcquireRequest, "preferredPort" | "portMustMatch">): void {
  if (preferredPort === 0 && portMustMatch) {
    const problem = "is MUST, but preferred_port names no port; name the port, or leave it unset";
    throw fieldInvalid("port_preference", problem);
  }
  if (preferredPort <= highestPort) return;
  throw new BrokerError(
    "port_out_of_range",
    `preferred_port ${preferredPort} is no port number; ask for 1 to ${highestPort}, or leave it unset`,
    { field: "preferred_port", metadata: { port: String(preferredPort) } },
  );
}

export function checkProtocol(policy: PoolPolicy, protocol: Protocol): void {
  if (protocol === policy.protocol) return;
  throw new BrokerError(
    "protocol_not_in_pool",
    `pool "${policy.name}" has ${portsOf[policy.protocol]}, not ${portsOf[protocol]}; ` +
      "ask for what it has, or for a pool that has them",
    { subject: `pool:${policy.name}`, metadata: { pool: policy.name, protocol: policy.protocol } },
  );
}

const portsOf: Readonly<Record<Protocol, string>> = {
  tcp: "tcp ports",
  udp: "udp ports",
  "tcp-and-udp": "ports that are leased in TCP and UDP together (TCP_AND_UDP)",
};

export function checkHolder(holder: Holder): void {
  checkLength("holder.service", holder.service, nameLengthMax);
  checkLength("holder.instance", holder.instance, nameLengthMax);
  const labels = Object.entries(holder.labels);
  if (labels.length > labelsMax) {
    throw fieldInvalid(
      "holder.labels",
      `has ${labels.length} entries, at most ${labelsMax} are allowed`,
    );
  }
  for (const [key, value] of labels) {
    if (key === "") throw fieldInvalid("holder.labels", "has an empty key; name every label");
    checkLength("holder.labels key", key, labelKeyLengthMax);
    checkLength(`holder.labels[${key}]`, value, labelValueLengthMax);
  }
}

/** A name that an operator gives: of a service or an instance, or "" where `mayBeEmpty`. */
export function checkName(field: string, name: string, mayBeEmpty = false): void {
  if (name === "" && !mayBeEmpty) throw fieldInvalid(field, "is empty; name it");
  checkLength(field, name, nameLengthMax);
  // It stands in tables and logs, and no service that is configured with care has such a name.
  if (/\p{Cc}/u.test(name)) throw fieldInvalid(field, "has control characters; leave them out");
}

function checkLength(field: string, value: string, lengthMax: number): void {
  if (value.length <= lengthMax) return;
  throw fieldInvalid(field, `has ${value.length} characters, at most ${lengthMax} are allowed`);
}

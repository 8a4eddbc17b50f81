// From request messages to the core's values. Refuses what the core cannot mean; bounds that depend on a pool are the core's.

import { createHash } from "node:crypto";
import { Protocol as WireProtocol } from "@portlease/proto/portlease/v1/common.js";
import type { Holder as WireHolder } from "@portlease/proto/portlease/v1/lease.js";
import {
  AcquireLeaseRequest,
  AcquireLeaseRequest_PortPreference as PortPreference,
} from "@portlease/proto/portlease/v1/lease_service.js";
import type { AcquireRequest } from "../domain/acquire-request.js";
import { fieldInvalid } from "../domain/refusals.js";
import { leaseIdLengthMax } from "../domain/lease-id.js";
import type {
  Holder,
  HolderProcess,
  Protocol,
  RequestFingerprint,
  TransportProtocol,
} from "../domain/records.js";
import { checkBindWithin, checkMaxWait } from "../domain/waiting-times.js";
import { transportsOf } from "../domain/shared-ports.js";
import type { ProcessClaim } from "../peer-processes.js";
import { notYourProcess, wrongNamespace } from "../transfer-refusals.js";
import { fromDuration } from "./time.js";

export const requestIdLengthMax = 64;
const holderKeyLengthMax = 128;
/** One object for all leases without labels: it is kept for as long as they are. */
const noLabels: Readonly<Record<string, string>> = {};

/** What the process that a caller names is to the caller. `peer`: where the call comes from, as grpc-js names it. */
export type ClaimProcess = (peer: string, processId: number) => ProcessClaim;

/** `claimProcess` is about the caller of this message. */
export function parseAcquire(
  message: AcquireLeaseRequest,
  caller: string,
  claimProcess: (processId: number) => ProcessClaim,
): AcquireRequest {
  return {
    pool: message.pool,
    protocol: parseProtocol(message.protocol),
    portCount: message.portCount,
    preferredPort: message.preferredPort,
    portMustMatch: parsePreference(message.portPreference),
    ttlMs: fromDuration("ttl", message.ttl),
    holder: parseHolder(message.holder, claimProcess),
    request: fingerprint(message, caller),
    validateOnly: message.validateOnly,
    bindWithinMs: checkBindWithin(fromDuration("bind_within", message.bindWithin)),
    maxWaitMs: checkMaxWait(fromDuration("max_wait", message.maxWait)),
  };
}

export function checkLeaseId(leaseId: string): string {
  if (leaseId === "") throw fieldInvalid("lease_id", "is empty; name the lease");
  if (leaseId.length > leaseIdLengthMax) {
    throw fieldInvalid(
      "lease_id",
      `has ${leaseId.length} characters, at most ${leaseIdLengthMax} are allowed`,
    );
  }
  return leaseId;
}

export function checkHolderKey(holderKey: string): string {
  if (holderKey === "") {
    throw fieldInvalid("holder_key", "is empty; send the key that came with the grant");
  }
  if (holderKey.length > holderKeyLengthMax) {
    throw fieldInvalid(
      "holder_key",
      `has ${holderKey.length} characters, at most ${holderKeyLengthMax} are allowed`,
    );
  }
  return holderKey;
}

function parseProtocol(protocol: WireProtocol): Protocol {
  return protocolOf(protocol) ?? "tcp";
}

/** For questions about the host: both when none is named. */
export function parseTransports(protocol: WireProtocol): readonly TransportProtocol[] {
  return transportsOf(protocolOf(protocol) ?? "tcp-and-udp");
}

/** `null` when unspecified. */
export function protocolOf(protocol: WireProtocol): Protocol | null {
  switch (protocol) {
    case WireProtocol.PROTOCOL_UNSPECIFIED:
      return null;
    case WireProtocol.PROTOCOL_TCP:
      return "tcp";
    case WireProtocol.PROTOCOL_UDP:
      return "udp";
    case WireProtocol.PROTOCOL_TCP_AND_UDP:
      return "tcp-and-udp";
    default:
      throw fieldInvalid("protocol", `is ${protocol}, which is no protocol of this API`);
  }
}

function parsePreference(preference: PortPreference): boolean {
  switch (preference) {
    case PortPreference.PORT_PREFERENCE_UNSPECIFIED:
    case PortPreference.PORT_PREFERENCE_PREFER:
      return false;
    case PortPreference.PORT_PREFERENCE_MUST:
      return true;
    default:
      throw fieldInvalid("port_preference", `is ${preference}, which is no preference of this API`);
  }
}

function parseHolder(
  holder: WireHolder | undefined,
  claimProcess: (processId: number) => ProcessClaim,
): Holder {
  if (holder === undefined) return { service: "", instance: "", labels: noLabels, process: null };
  const { service, instance } = holder;
  const labels = Object.keys(holder.labels).length === 0 ? noLabels : holder.labels;
  return { service, instance, labels, process: parseProcess(holder, claimProcess) };
}

/**
 * The ancestor of every process of a POSIX host, so that being started by it proves nothing. A service in a container names it
 * when it means itself: each pid namespace counts from 1. https://man7.org/linux/man-pages/man7/pid_namespaces.7.html
 */
const firstProcessId = 1;

/** A script may name itself, or whoever started it, while a program that it runs makes the call. */
function parseProcess(
  holder: WireHolder,
  claimProcess: (processId: number) => ProcessClaim,
): HolderProcess | null {
  if (holder.process === undefined) return null;
  const { processId } = holder.process;
  if (processId === 0)
    throw fieldInvalid("holder.process.process_id", "is 0; leave process unset for none");
  const { startTime, standing } = claimProcess(processId);
  // Nobody whom the broker sees: an id of another namespace, perhaps. Said as it was told, and used for nothing.
  if (startTime === null) return { processId, startTime, proven: false };
  if (standing === "other") throw notYourProcess("holder.process.process_id", processId);
  if (standing === "elsewhere") throw wrongNamespace("holder.process.process_id", processId);
  const started = standing === "ancestor" && processId !== firstProcessId;
  return { processId, startTime, proven: standing === "same" || started };
}

/** Binds a request_id to its caller and to everything else in the request that says what is wanted (semantics.md 9). */
function fingerprint(message: AcquireLeaseRequest, caller: string): RequestFingerprint | null {
  const { requestId } = message;
  if (requestId === "") return null;
  if (requestId.length > requestIdLengthMax) {
    throw fieldInvalid(
      "request_id",
      `has ${requestId.length} characters, at most ${requestIdLengthMax} are allowed`,
    );
  }
  const body = AcquireLeaseRequest.encode(whatIsWanted({ ...message, requestId: "" })).finish();
  return {
    key: createHash("sha256").update(`${caller}\0${requestId}`).digest("hex"),
    bodyHash: createHash("sha256").update(body).digest("hex"),
  };
}

/**
 * Labels are a map: a client may send them in another order each time, and Go's does. The process is left out: a service that
 * was started again asks for the same lease. So is max_wait: whoever tries again has waited for a while already.
 */
function whatIsWanted(message: AcquireLeaseRequest): AcquireLeaseRequest {
  const { holder } = message;
  if (holder === undefined) return { ...message, maxWait: undefined };
  const sorted = Object.entries(holder.labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const labels = Object.fromEntries(sorted);
  return { ...message, maxWait: undefined, holder: { ...holder, labels, process: undefined } };
}

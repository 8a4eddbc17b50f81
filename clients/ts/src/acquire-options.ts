// What an application asks for when it acquires a lease, and how that becomes a message. Bounds are the broker's to check.

import { Protocol } from "@portlease/proto/portlease/v1/common.js";
import {
  AcquireLeaseRequest_PortPreference as PortPreference,
  type AcquireLeaseRequest,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { durationFromMs } from "./duration.js";
import { clientError } from "./errors.js";
import type { LeaseLost } from "./lease-events.js";
import type { LeaseProtocol } from "./lease-info.js";

/** All are optional: `{}` leases one TCP port of the default pool. */
export interface AcquireOptions {
  /** The service's name, at most 128 characters; default "". With `instance` it is the key by which a port is found again. */
  readonly service?: string;
  /** Which instance of the service, at most 128 characters; default "". */
  readonly instance?: string;
  /** At most 32; keys of 1 to 63 characters, values of at most 255. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Default "default". */
  readonly pool?: string;
  /** Default "tcp". */
  readonly protocol?: LeaseProtocol;
  /** How many consecutive ports, all or nothing; default 1. */
  readonly portCount?: number;
  /** The first port wanted, 1 to 65535. */
  readonly preferredPort?: number;
  /** `prefer` (the default) takes another port when the preferred one cannot be had; `must`, only with one, fails with the reason. */
  readonly preferredPortMode?: "prefer" | "must";
  /** Time to live in milliseconds, within the pool's bounds; default the pool's. Without renewals the lease lasts that long. */
  readonly ttlMs?: number;
  /** Take the lease back when nobody has bound the port within this time, in milliseconds (1 s to 24 h); default never. */
  readonly bindWithinMs?: number;
  /** How long to wait in line while the pool is full, in milliseconds (at most 1 h); default 0. */
  readonly maxWaitMs?: number;
  /**
   * Makes the request safe to repeat, 1 to 64 characters; default a random UUID, so that this client's own tries are. Give your
   * own to get the same lease from another process; it must then be unguessable, because it stands for the holder key.
   */
  readonly requestId?: string;
  /**
   * Tell the broker that this process holds the port, so that the lease ends at once when the process does; default: yes, unless
   * the broker sees another process (NOT_YOUR_PROCESS), as it does from a container with process ids of its own. `true` insists
   * and rejects then; set it to `false` when another process binds.
   */
  readonly claimProcess?: boolean;
  /** How long to try to reach the broker, in milliseconds, `maxWaitMs` not counted; default the client's. */
  readonly acquireTimeoutMs?: number;
  /** Gives up: acquire rejects with CALL_ABORTED. A lease that was granted at that very moment runs out by its TTL. */
  readonly signal?: AbortSignal;
  /**
   * What to do when the lease is lost. `close` closes the servers and dgram sockets on it; connections that are open go on until they
   * end. `exit` closes them too, says so in a line on stderr, releases what else this process leases, and exits with code 75
   * (`lostExitCode`). A function is called with the loss. Default: nothing but the event `lost`, which comes in any case.
   */
  readonly onLost?: "close" | "exit" | ((lost: LeaseLost) => void);
}

const protocols: Readonly<Record<LeaseProtocol, Protocol>> = {
  tcp: Protocol.PROTOCOL_TCP,
  udp: Protocol.PROTOCOL_UDP,
  "tcp-and-udp": Protocol.PROTOCOL_TCP_AND_UDP,
};

/** `processId`: who holds the port, `null` names nobody. Throws OPTION_INVALID for what cannot be put into a message. */
export function acquireRequest(
  options: AcquireOptions,
  requestId: string,
  processId: number | null,
): AcquireLeaseRequest {
  const must = options.preferredPortMode === "must";
  if (must && options.preferredPort === undefined) {
    throw invalid("preferredPortMode", "must", 'also the option "preferredPort", or leave it out');
  }
  return {
    pool: options.pool ?? "",
    protocol: protocols[options.protocol ?? "tcp"],
    portCount: wholeNumber("portCount", options.portCount),
    preferredPort: wholeNumber("preferredPort", options.preferredPort),
    portPreference: must
      ? PortPreference.PORT_PREFERENCE_MUST
      : PortPreference.PORT_PREFERENCE_PREFER,
    ttl: duration("ttlMs", options.ttlMs),
    holder: {
      service: options.service ?? "",
      instance: options.instance ?? "",
      labels: { ...options.labels },
      process: processId === null ? undefined : { processId, startTime: "", proven: false },
    },
    bindWithin: duration("bindWithinMs", options.bindWithinMs),
    maxWait: duration("maxWaitMs", options.maxWaitMs),
    requestId,
    validateOnly: false,
  };
}

/** 0 stands for unset in the API. */
function wholeNumber(name: string, value: number | undefined): number {
  if (value === undefined) return 0;
  // A fraction or a negative number would fail deep inside the encoder, where nothing names the option.
  if (Number.isInteger(value) && value >= 1 && value <= 65_535) return value;
  throw invalid(name, value, "a whole number from 1 to 65535");
}

function duration(
  name: string,
  ms: number | undefined,
): ReturnType<typeof durationFromMs> | undefined {
  if (ms === undefined) return undefined;
  return durationFromMs(finiteMs(name, ms));
}

/** Checks a time in milliseconds. Throws OPTION_INVALID unless it is 0 to about 24 days, what a timer can do. */
export function finiteMs(name: string, ms: number): number {
  if (ms >= 0 && ms < 2 ** 31) return ms;
  throw invalid(name, ms, "a number of milliseconds from 0 to 2147483647");
}

function invalid(name: string, value: number | string, expected: string): Error {
  return clientError(
    "INVALID_ARGUMENT",
    "OPTION_INVALID",
    `the option "${name}" is ${value}; give ${expected}.`,
    { option: name, value: String(value) },
  );
}

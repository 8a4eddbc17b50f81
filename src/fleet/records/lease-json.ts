// A lease's record as JSON: docs/fleet.md documents it.

import type { LeaseRecord } from "./lease-record.js";
import { choiceOf, labelsOf, textOf, timeOf, truthOf, wholeOf, wordOf } from "./read-fields.js";
import {
  type JsonObject,
  type ReadResult,
  readRecord,
  recordVersion,
  Unreadable,
} from "./read-record.js";
import { nameLengthMax, poolNameLengthMax, ttlMsMax } from "./record-limits.js";
import { writeTime } from "./write-time.js";

const protocols = ["tcp", "udp", "tcp-and-udp"] as const;
const bindings = ["unknown", "unbound", "bound", "stranger", "orphaned"] as const;
const highestPort = 65_535;

/** The same text for the same lease, so that texts tell what has changed: but for the order of its labels. */
export function writeLease(record: LeaseRecord): string {
  const { pool, protocol, port, portCount, service, instance, labels, ttlMs } = record;
  const { generation, binding, unprotected, draining } = record;
  const granted = writeTime(record.grantedWallMs);
  return JSON.stringify({
    v: recordVersion,
    pool,
    protocol,
    port,
    portCount,
    service,
    instance,
    labels,
    ttlMs,
    granted,
    generation,
    binding,
    unprotected,
    draining,
  });
}

/** Never throws. */
export function readLease(bytes: Uint8Array): ReadResult<LeaseRecord> {
  return readRecord(bytes, toLease);
}

function toLease(object: JsonObject): LeaseRecord {
  const port = wholeOf(object, "port", 1, highestPort);
  const portCount = wholeOf(object, "portCount", 1, highestPort);
  if (port + portCount - 1 > highestPort) {
    throw new Unreadable(
      `it has ${portCount} ports from ${port} on, and ports are 1 to ${highestPort}`,
    );
  }
  return {
    pool: wordOf(object, "pool", poolNameLengthMax),
    protocol: choiceOf(object, "protocol", protocols),
    port,
    portCount,
    service: textOf(object, "service", nameLengthMax),
    instance: textOf(object, "instance", nameLengthMax),
    labels: labelsOf(object, "labels"),
    ttlMs: wholeOf(object, "ttlMs", 1, ttlMsMax),
    grantedWallMs: timeOf(object, "granted"),
    generation: wholeOf(object, "generation", 0, Number.MAX_SAFE_INTEGER),
    binding: choiceOf(object, "binding", bindings),
    unprotected: truthOf(object, "unprotected"),
    draining: truthOf(object, "draining"),
  };
}

// A pool of a host, read from JSON inside the host's record; its members are written as they are.

import type { PoolRecord, UsageRecord } from "./host-record.js";
import { asObject, choiceOf, objectOf, wholeOf, wordOf } from "./read-fields.js";
import { type JsonObject, Unreadable } from "./read-record.js";
import { countMax, poolNameLengthMax } from "./record-limits.js";

const protocols = ["tcp", "udp", "tcp-and-udp"] as const;
const kinds = ["persistent", "runtime", "administered", "held"] as const;

export function readPool(item: unknown): PoolRecord {
  const object = asObject(item, "pools");
  return {
    name: wordOf(object, "name", poolNameLengthMax),
    protocol: choiceOf(object, "protocol", protocols),
    kind: choiceOf(object, "kind", kinds),
    usage: toUsage(objectOf(object, "usage")),
    waitingRequests: wholeOf(object, "waitingRequests", 0, countMax),
  };
}

function toUsage(object: JsonObject): UsageRecord {
  const count = (name: keyof UsageRecord): number => wholeOf(object, name, 0, countMax);
  const usage = {
    total: count("total"),
    free: count("free"),
    leased: count("leased"),
    quarantined: count("quarantined"),
    unavailable: count("unavailable"),
    largestFreeRun: count("largestFreeRun"),
  };
  const { total, free, leased, quarantined, unavailable } = usage;
  if (free + leased + quarantined + unavailable !== total) {
    throw new Unreadable(
      `the usage of a pool of it has ${total} ports in total, and its parts are ` +
        `${free} + ${leased} + ${quarantined} + ${unavailable}`,
    );
  }
  return usage;
}

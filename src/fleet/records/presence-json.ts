// A presence record as JSON: docs/fleet.md documents it.

import type { PresenceRecord } from "./presence-record.js";
import { timeOf, wordOf } from "./read-fields.js";
import { type ReadResult, readRecord, recordVersion } from "./read-record.js";
import { wordLengthMax } from "./record-limits.js";
import { writeTime } from "./write-time.js";

export function writePresence({ brokerId, startedWallMs }: PresenceRecord): string {
  return JSON.stringify({ v: recordVersion, brokerId, started: writeTime(startedWallMs) });
}

/** Never throws. */
export function readPresence(bytes: Uint8Array): ReadResult<PresenceRecord> {
  return readRecord(bytes, (object) => ({
    brokerId: wordOf(object, "brokerId", wordLengthMax),
    startedWallMs: timeOf(object, "started"),
  }));
}

// A host's record as JSON: docs/fleet.md documents it. Its pools and problems are in files of their own.

import { readGrants, writeGrants } from "./grants-json.js";
import type { HostRecord } from "./host-record.js";
import { readPool } from "./pool-json.js";
import { readProblem } from "./problem-json.js";
import { choiceOf, labelsOf, listOf, textOf, timeOf, unfit, wordOf } from "./read-fields.js";
import {
  type JsonObject,
  type ReadResult,
  readRecord,
  recordVersion,
  shown,
  Unreadable,
} from "./read-record.js";
import {
  addressLengthMax,
  brokerAddressesMax,
  poolsMax,
  problemsMax,
  urlLengthMax,
  wordLengthMax,
} from "./record-limits.js";
import { writeTime } from "./write-time.js";

const servings = ["serving", "read-only", "stopped"] as const;

export function writeHost(record: HostRecord): string {
  const { hostName, brokerId, address, version, platform, brokerAddresses } = record;
  const { dashboardUrl, labels, serving, pools, problems } = record;
  return JSON.stringify({
    v: recordVersion,
    hostName,
    brokerId,
    address,
    version,
    platform,
    brokerAddresses,
    dashboardUrl,
    labels,
    started: writeTime(record.startedWallMs),
    said: writeTime(record.saidWallMs),
    serving,
    pools,
    problems,
    grants: writeGrants(record.grants),
  });
}

/** Never throws. */
export function readHost(bytes: Uint8Array): ReadResult<HostRecord> {
  return readRecord(bytes, toHost);
}

function toHost(object: JsonObject): HostRecord {
  return {
    hostName: wordOf(object, "hostName", addressLengthMax),
    brokerId: wordOf(object, "brokerId", wordLengthMax),
    address: wordOf(object, "address", addressLengthMax),
    version: wordOf(object, "version", wordLengthMax),
    platform: wordOf(object, "platform", wordLengthMax),
    brokerAddresses: listOf(object, "brokerAddresses", brokerAddressesMax, toAddress),
    dashboardUrl: urlOf(object, "dashboardUrl"),
    labels: labelsOf(object, "labels"),
    startedWallMs: timeOf(object, "started"),
    saidWallMs: timeOf(object, "said"),
    serving: choiceOf(object, "serving", servings),
    pools: listOf(object, "pools", poolsMax, readPool),
    problems: listOf(object, "problems", problemsMax, readProblem),
    grants: readGrants(object),
  };
}

function toAddress(item: unknown): string {
  if (typeof item === "string" && item !== "" && item.length <= addressLengthMax) return item;
  throw new Unreadable(
    `an entry of its brokerAddresses is ${shown(item)}, and they are texts of 1 to ${addressLengthMax} characters`,
  );
}

/** A page of ours makes a link of it: "javascript:" is none. */
function urlOf(object: JsonObject, name: string): string {
  const url = textOf(object, name, urlLengthMax);
  if (url === "" || /^https?:\/\/[^\s\p{Cc}]+$/u.test(url)) return url;
  throw unfit(object, name, "it is empty, or begins with http:// or https://");
}

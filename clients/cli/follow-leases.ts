// Follows the changes of leases for as long as the process lives: when the stream ends, it goes on after the last revision that
// came, or with a new snapshot when that is not to be had any more. Prints nothing.

import { setTimeout as pause } from "node:timers/promises";
import {
  LeaseServiceService,
  WatchLeasesRequest,
  type WatchLeasesResponse,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { type BrokerOptions, locatorOf } from "./broker-options.js";
import { brokerStream } from "./broker-stream.js";
import { type CliFailure, toFailure } from "./cli-failure.js";
import { protoDuration } from "./proto-json.js";
import { ReopenPause } from "./reopen-pause.js";

export interface FollowOptions extends BrokerOptions {
  readonly filter?: string;
  readonly fromRevision?: number;
}

export interface FollowEvents {
  message(message: NonNullable<WatchLeasesResponse["message"]>): void;
  /** The stream ended and is opened again; said once until a message comes. */
  interrupted(failure: CliFailure | null): void;
  /** What happened meanwhile is not to be had: a snapshot follows. */
  lost(failure: CliFailure): void;
}

/** A resumed watch must not start far back, also when nothing matches the filter. */
const bookmarkEveryMs = 30_000;

/** Statuses after which the same watch may work; "INTERNAL" and "UNKNOWN" are connections that were cut. */
const passing: ReadonlySet<string> = new Set([
  "UNAVAILABLE",
  "RESOURCE_EXHAUSTED",
  "CANCELLED",
  "DEADLINE_EXCEEDED",
  "INTERNAL",
  "UNKNOWN",
]);

/** Rejects with CliFailure when the watch cannot be had at all: the first attempt fails, or the request is refused. */
export async function followLeases(options: FollowOptions, events: FollowEvents): Promise<never> {
  const locator = locatorOf(options);
  let next = BigInt(options.fromRevision ?? 0);
  let reached = false;
  const pauses = new ReopenPause();
  for (;;) {
    let failure: CliFailure | null = null;
    let wasOpen = false;
    try {
      for await (const message of watch({ ...options, address: locator.again() }, next)) {
        reached = true;
        wasOpen = true;
        pauses.worked();
        events.message(message);
        next = revisionAfter(message) ?? next;
      }
    } catch (error) {
      failure = toFailure(error);
      if (!reached) throw failure;
    }
    if (failure?.code === "OUT_OF_RANGE") {
      events.lost(failure);
      next = 0n;
    } else if (failure !== null && !mayPass(failure, wasOpen)) {
      throw failure;
    } else if (pauses.isFirst) {
      events.interrupted(failure);
    }
    await pause(pauses.nextMs());
  }
}

/** Whether the same watch may work later. `wasOpen`: something had come before it failed. */
export function mayPass(failure: CliFailure, wasOpen: boolean): boolean {
  return passing.has(failure.code) || mayHaveNextToken(failure, wasOpen);
}

/** A token that ends ends the stream; its file, which is read for each stream, may have the next one already. */
function mayHaveNextToken({ code }: CliFailure, wasOpen: boolean): boolean {
  return code === "UNAUTHENTICATED" && wasOpen;
}

async function* watch(
  options: FollowOptions,
  startRevision: bigint,
): AsyncGenerator<NonNullable<WatchLeasesResponse["message"]>> {
  const request = WatchLeasesRequest.fromPartial({
    filter: options.filter ?? "",
    startRevision,
    bookmarkInterval: protoDuration(bookmarkEveryMs),
  });
  for await (const { message } of brokerStream(options, LeaseServiceService.watchLeases, request)) {
    if (message !== undefined) yield message;
  }
}

/** `null`: within a snapshot there is nowhere to go on from. */
function revisionAfter(message: NonNullable<WatchLeasesResponse["message"]>): bigint | null {
  if (message.$case === "snapshot" && !message.value.complete) return null;
  return message.value.revision + 1n;
}

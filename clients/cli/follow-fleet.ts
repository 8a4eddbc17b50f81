// Follows a live view of the fleet for as long as the process lives: when the stream ends, another one is opened. Prints nothing.

import { setTimeout as pause } from "node:timers/promises";
import {
  FleetServiceService,
  WatchFleetRequest,
  type WatchFleetResponse,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import type { BrokerOptions } from "./broker-options.js";
import { brokerStream } from "./broker-stream.js";
import { type CliFailure, toFailure } from "./cli-failure.js";
import { ofFleet } from "./fleet-options.js";
import { mayPass } from "./follow-leases.js";
import { protoDuration } from "./proto-json.js";
import { ReopenPause } from "./reopen-pause.js";

export interface FollowFleetOptions extends BrokerOptions {
  readonly filter?: string;
  readonly leases?: boolean;
  readonly leaseFilter?: string;
  /** Milliseconds. */
  readonly interval?: number;
}

export interface FollowFleetEvents {
  message(message: WatchFleetResponse): void;
  /** The stream ended and is opened again, with everything anew; said once until a message comes. */
  interrupted(failure: CliFailure | null): void;
}

/** Rejects with CliFailure when the view cannot be had at all: the first attempt fails, or the request is refused. */
export async function followFleet(
  options: FollowFleetOptions,
  events: FollowFleetEvents,
): Promise<never> {
  const { filter = "", leases = false, leaseFilter = "", interval } = options;
  const request = WatchFleetRequest.fromPartial({
    hostFilter: filter,
    leases: leases || leaseFilter !== "",
    leaseFilter,
    ...(interval === undefined ? {} : { interval: protoDuration(interval) }),
  });
  let reached = false;
  const pauses = new ReopenPause();
  for (;;) {
    let failure: CliFailure | null = null;
    let wasOpen = false;
    try {
      const stream = brokerStream(ofFleet(options), FleetServiceService.watchFleet, request);
      for await (const message of stream) {
        reached = true;
        wasOpen = true;
        pauses.worked();
        events.message(message);
      }
    } catch (error) {
      failure = toFailure(error);
      if (!reached || !mayPass(failure, wasOpen)) throw failure;
    }
    if (pauses.isFirst) events.interrupted(failure);
    await pause(pauses.nextMs());
  }
}

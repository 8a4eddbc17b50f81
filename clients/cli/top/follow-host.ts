// Follows the live view of a broker: when the stream ends, or nothing comes any more, it begins a new one. Shows nothing.

import {
  AdminServiceService,
  WatchBrokerRequest,
  type WatchBrokerResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import type { BrokerLocator } from "@portlease/client";
import { unanswered } from "../broker-call.js";
import type { BrokerOptions } from "../broker-options.js";
import { brokerStream } from "../broker-stream.js";
import { type CliFailure, toFailureOfBroker } from "../cli-failure.js";
import { mayPass } from "../follow-leases.js";
import { protoDuration } from "../proto-json.js";
import { WakeablePause } from "./wakeable-pause.js";
import { ReopenPause } from "../reopen-pause.js";

export interface HostFollowing {
  readonly options: BrokerOptions;
  readonly locator: BrokerLocator;
  /** How often the broker tells. */
  readonly intervalMs: number;
}

export interface HostEvents {
  /** `isFirst`: of its stream, which then has everything. */
  message(message: WatchBrokerResponse, isFirst: boolean): void;
  /** Nothing comes until the next message. May be called again and again. */
  lost(): void;
}

/** As many as fit a screen. */
const eventsMax = 100;
/** docs/watching.md: a broker that was silent for three intervals is not there, whatever TCP says. */
const silentIntervals = 3;
/** A busy machine may be late by this much. */
const silentMsMin = 3_000;

export class HostFollower {
  readonly #following: HostFollowing;
  readonly #events: HostEvents;
  readonly #pause = new WakeablePause();

  constructor(following: HostFollowing, events: HostEvents) {
    this.#following = following;
    this.#events = events;
  }

  /** Connects now, where it is waiting to. */
  connectNow(): void {
    this.#pause.wake();
  }

  /**
   * Resolves when `signal` is aborted. Rejects with CliFailure when the live view cannot be had at all: the first attempt fails, or
   * the broker refuses.
   */
  async run(signal: AbortSignal): Promise<void> {
    let reached = false;
    const pauses = new ReopenPause();
    while (!signal.aborted) {
      let failure: CliFailure | null = null;
      let isFirst = true;
      try {
        for await (const message of this.#messages(signal)) {
          this.#events.message(message, isFirst);
          isFirst = false;
          reached = true;
          pauses.worked();
        }
      } catch (error) {
        failure = toFailureOfBroker(error);
      }
      if (signal.aborted) return;
      if (failure !== null && (!reached || !mayPass(failure, !isFirst))) throw failure;
      this.#events.lost();
      await this.#pause.for(pauses.nextMs(), signal);
    }
  }

  async *#messages(signal: AbortSignal): AsyncGenerator<WatchBrokerResponse> {
    const { options, locator, intervalMs } = this.#following;
    const request = WatchBrokerRequest.fromPartial({
      interval: protoDuration(intervalMs),
      maxEvents: eventsMax,
    });
    const silent = new AbortController();
    const afterMs = (silentMs: number): NodeJS.Timeout =>
      setTimeout(() => silent.abort(), silentMs);
    const silentMs = Math.max(silentIntervals * intervalMs, silentMsMin);
    const address = locator.again();
    const stop = AbortSignal.any([signal, silent.signal]);
    const { watchBroker } = AdminServiceService;
    let isFirst = true;
    // For the first message the timeout of every call counts.
    let silence = afterMs(options.timeout);
    try {
      for await (const message of brokerStream(
        { ...options, address },
        watchBroker,
        request,
        stop,
      )) {
        clearTimeout(silence);
        silence = afterMs(silentMs);
        isFirst = false;
        yield message;
      }
    } catch (error) {
      if (isFirst && silent.signal.aborted)
        throw unanswered("broker", address, options.timeout, error);
      throw error;
    } finally {
      clearTimeout(silence);
    }
  }
}

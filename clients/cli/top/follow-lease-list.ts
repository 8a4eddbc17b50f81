// Lists the leases again and again: plain renewals are no changes that a broker tells, so that time left is known from lists only.

import type { BrokerLocator } from "@portlease/client";
import type { Lease } from "@portlease/proto/portlease/v1/lease.js";
import { withBrokerQuietly } from "../broker-call.js";
import type { BrokerOptions } from "../broker-options.js";
import { toFailureOfBroker } from "../cli-failure.js";
import { listLeases } from "../list-leases.js";
import { WakeablePause } from "./wakeable-pause.js";

/** A host has fewer ports. */
export const leasesMax = 131_072;
/** A list that takes long is asked for less often, so that looking on costs a broker a tenth of its time at most. */
const restShare = 9;

export interface LeaseListFollowing {
  readonly options: BrokerOptions;
  readonly locator: BrokerLocator;
  readonly intervalMs: number;
  /** Whether it makes sense to ask now. */
  readonly isConnected: () => boolean;
  /** `listedAtMs`: when it was asked for, by the monotonic clock. */
  readonly listed: (leases: readonly Lease[], listedAtMs: number) => void;
}

export class LeaseListFollower {
  readonly #following: LeaseListFollowing;
  readonly #pause = new WakeablePause();

  constructor(following: LeaseListFollowing) {
    this.#following = following;
  }

  /** Lists now, where it is waiting to. */
  listNow(): void {
    this.#pause.wake();
  }

  /** Resolves when `signal` is aborted. A list that fails is asked for again; how old the last one is, the view says. */
  async run(signal: AbortSignal): Promise<void> {
    const { intervalMs, isConnected, listed } = this.#following;
    while (!signal.aborted) {
      const askedAtMs = performance.now();
      const leases = isConnected() ? await this.#list() : null;
      if (leases !== null) listed(leases, askedAtMs);
      const tookMs = performance.now() - askedAtMs;
      await this.#pause.for(Math.max(intervalMs, restShare * tookMs), signal);
    }
  }

  /** `null`: it failed. Whether the broker is there at all, the stream of the host says. */
  async #list(): Promise<readonly Lease[] | null> {
    const { options, locator } = this.#following;
    const given = { ...options, address: locator.found.address };
    try {
      const listing = await withBrokerQuietly(given, (broker) =>
        listLeases(broker, { limit: leasesMax }),
      );
      return listing.leases;
    } catch (error) {
      toFailureOfBroker(error);
      return null;
    }
  }
}

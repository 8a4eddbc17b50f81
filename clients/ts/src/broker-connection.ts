// The client's channel to its broker, and the next one when the broker comes back elsewhere or the channel gets nowhere. Where the
// broker is, is discovery/broker-locator.ts; calls and streams are their callers' business.

import type { ChannelOptions, Metadata } from "@grpc/grpc-js";
import { LeaseServiceClient } from "@portlease/proto/portlease/v1/lease_service.js";
import { brokerAccess, speaksTls, type BrokerAccessOptions } from "./broker-access.js";
import { backgroundTimers, type Timers } from "./clock.js";
import { connectMsMax, watchConnecting } from "./connecting-watch.js";
import { BrokerLocator } from "./discovery/broker-locator.js";
import type { BrokerLocation } from "./discovery/locate-broker.js";
import { messageOf } from "./error-facts.js";
import type { Log } from "./log.js";

/** One broker, as a call or a stream that begins now sees it. */
export interface BrokerLink {
  readonly address: string;
  readonly rpc: LeaseServiceClient;
  /** For one call: the token of now. */
  readonly metadata: () => Metadata;
}

export interface ConnectionOptions extends BrokerAccessOptions {
  readonly address?: string;
  readonly channelOptions: ChannelOptions;
  readonly log: Log;
  /** For tests: when a channel that gets nowhere is given up. They must not keep the process running. */
  readonly timers?: Timers;
}

export class BrokerConnection {
  readonly #options: ConnectionOptions;
  readonly #locator: BrokerLocator;
  #link: BrokerLink;
  #closed = false;

  /** Connects only when it is called. `locate`: for tests. Throws OPTION_INVALID. */
  constructor(options: ConnectionOptions, locate?: (file: string | null) => BrokerLocation) {
    const { address, log } = options;
    const leftAside = (what: string): void =>
      log("warn", "a discovery file is left aside", { message: what });
    this.#options = options;
    this.#locator = new BrokerLocator({ address, secured: speaksTls(options) }, leftAside, locate);
    this.#link = this.#open(this.#locator.found.address);
  }

  /** The link of this moment. */
  get link(): BrokerLink {
    return this.#link;
  }

  /**
   * For a call or a stream that begins now: where the broker is now. Calls under way on another address go on there. A new address
   * that cannot be used, since a file of the options is gone meanwhile, is said, and the old one stays.
   */
  reach(): BrokerLink {
    const address = this.#closed ? this.#link.address : this.#locator.again();
    if (address === this.#link.address) return this.#link;
    this.#replace(address, "the broker is at another address now");
    return this.#link;
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true;
    this.#link.rpc.close();
  }

  /** Calls that wait for the old link's connection end with UNAVAILABLE, so that they are tried again on the new one. */
  #replace(address: string, why: string): void {
    const { log } = this.#options;
    const { rpc } = this.#link;
    try {
      // One of its own: a shared one would be the very connection that gets nowhere.
      this.#link = this.#open(address, { "grpc.use_local_subchannel_pool": 1 });
    } catch (error) {
      log("warn", "the broker's new address cannot be used", {
        address,
        message: messageOf(error),
      });
      return;
    }
    log("info", why, { address });
    rpc.close();
  }

  #stuck(link: BrokerLink): void {
    if (this.#closed || link !== this.#link) return;
    this.#replace(
      link.address,
      `there was no connection within ${connectMsMax} ms; beginning anew`,
    );
  }

  #open(address: string, more: ChannelOptions = {}): BrokerLink {
    const { timers = backgroundTimers } = this.#options;
    const access = brokerAccess(address, this.#options);
    const channelOptions = { ...access.channelOptions, ...this.#options.channelOptions, ...more };
    const rpc = new LeaseServiceClient(address, access.credentials, channelOptions);
    const link = { address, rpc, metadata: access.metadata };
    watchConnecting(rpc.getChannel(), timers, () => this.#stuck(link));
    return link;
  }
}

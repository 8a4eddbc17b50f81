// The client's channel to its broker, and the next one when the broker comes back elsewhere. Where the broker is, is
// discovery/locate-broker.ts; calls and streams are their callers' business.

import type { ChannelOptions, Metadata } from "@grpc/grpc-js";
import { LeaseServiceClient } from "@portlease/proto/portlease/v1/lease_service.js";
import { brokerAccess, speaksTls, type BrokerAccessOptions } from "./broker-access.js";
import { locateBroker, type BrokerLocation } from "./discovery/locate-broker.js";
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
}

export class BrokerConnection {
  readonly #options: ConnectionOptions;
  readonly #locate: () => BrokerLocation;
  readonly #told = new Set<string>();
  #found: BrokerLocation;
  #link: BrokerLink;
  #closed = false;

  /** Connects only when it is called. `locate`: for tests. Throws OPTION_INVALID. */
  constructor(options: ConnectionOptions, locate?: () => BrokerLocation) {
    const secured = speaksTls(options);
    this.#options = options;
    this.#locate = locate ?? (() => locateBroker({ address: options.address, secured }));
    this.#found = this.#look();
    this.#link = this.#open(this.#found.address);
  }

  /** The link of this moment. */
  get link(): BrokerLink {
    return this.#link;
  }

  /**
   * For a call or a stream that begins now: looks again where the broker is, unless the caller or the environment said so. Calls under
   * way on another address go on there. An address that a file told is left only for another one that a file tells: at the default
   * port of a broker that is gone, anybody may listen for its clients' tokens and holder keys.
   */
  reach(): BrokerLink {
    const { source } = this.#found;
    if (this.#closed || source === "option" || source === "environment") return this.#link;
    const found = this.#look();
    if (found.source !== "discovery-file" || found.address === this.#found.address) {
      return this.#link;
    }
    const { log } = this.#options;
    try {
      const link = this.#open(found.address);
      log("info", "the broker is at another address now", { address: found.address });
      this.#link.rpc.close();
      this.#link = link;
      this.#found = found;
    } catch (error) {
      // The files of the options were good when the client was made; the old address may still be, too.
      log("warn", "the broker's new address cannot be used", {
        address: found.address,
        message: messageOf(error),
      });
    }
    return this.#link;
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true;
    this.#link.rpc.close();
  }

  #look(): BrokerLocation {
    const found = this.#locate();
    for (const what of found.leftAside) {
      if (this.#told.has(what)) continue;
      this.#told.add(what);
      this.#options.log("warn", "a discovery file is left aside", { message: what });
    }
    return found;
  }

  #open(address: string): BrokerLink {
    const access = brokerAccess(address, this.#options);
    const channelOptions = { ...access.channelOptions, ...this.#options.channelOptions };
    const rpc = new LeaseServiceClient(address, access.credentials, channelOptions);
    return { address, rpc, metadata: access.metadata };
  }
}

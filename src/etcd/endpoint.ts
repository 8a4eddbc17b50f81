// One endpoint of etcd and the connection to it. A call is only handed over when there is a connection, so that whoever calls knows
// whether something was sent.

import { Client, connectivityState, Metadata } from "@grpc/grpc-js";
import { channelOptions } from "./etcd-limits.js";
import { KVService, RangeRequest } from "./gen/etcd.js";
import type { Timers } from "./timers.js";
import type { ChannelSettings } from "./tls-channel.js";

/** There is no connection. The message says why, as a part of a sentence. */
export class NotConnected extends Error {}

export interface Dialing {
  readonly timers: Timers;
  readonly connectMsMax: number;
  /** Asked for each new connection. May throw. */
  readonly settings: (endpoint: string) => ChannelSettings;
}

/** Time for gRPC to say why there is no connection; it knows already. */
const reasonMsMax = 1_000;

export class Endpoint {
  /** host:port. */
  readonly name: string;
  readonly #dialing: Dialing;
  #client: Client | null = null;
  #connecting: Promise<Client> | null = null;
  #closed = false;

  constructor(name: string, dialing: Dialing) {
    this.name = name;
    this.#dialing = dialing;
  }

  /** Connects unless it is connected; calls that come meanwhile wait for the same connection. Rejects with NotConnected. */
  connected(): Promise<Client> {
    const client = this.#client;
    if (client?.getChannel().getConnectivityState(false) === connectivityState.READY) {
      return Promise.resolve(client);
    }
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = null;
    });
    return this.#connecting;
  }

  /** Calls under way are for their callers to cancel. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#client?.close();
    this.#client = null;
  }

  async #connect(): Promise<Client> {
    this.#client?.close();
    this.#client = null;
    const client = this.#open();
    this.#client = client;
    const outcome = await this.#settled(client);
    if (outcome === "ready") return client;
    const why = this.#closed ? "the client is closed" : await this.#whyNot(client, outcome);
    client.close();
    if (this.#client === client) this.#client = null;
    throw new NotConnected(why);
  }

  #open(): Client {
    if (this.#closed) throw new NotConnected("the client is closed");
    try {
      const { credentials, options } = this.#dialing.settings(this.name);
      return new Client(this.name, credentials, { ...channelOptions, ...options });
    } catch (error) {
      throw new NotConnected((error as Error).message, { cause: error });
    }
  }

  #settled(client: Client): Promise<"ready" | "failed" | "late"> {
    const channel = client.getChannel();
    const { timers, connectMsMax } = this.#dialing;
    return new Promise((resolve) => {
      let settled = false;
      const settle = (outcome: "ready" | "failed" | "late"): void => {
        settled = true;
        timer.cancel();
        resolve(outcome);
      };
      const timer = timers.after(connectMsMax, () => settle("late"));
      const look = (): void => {
        if (settled) return;
        const state = channel.getConnectivityState(true);
        if (state === connectivityState.READY) settle("ready");
        else if (
          state === connectivityState.TRANSIENT_FAILURE ||
          state === connectivityState.SHUTDOWN
        ) {
          settle("failed");
        } else channel.watchConnectivityState(state, Infinity, look);
      };
      look();
    });
  }

  /** A channel does not say why it has no connection, but a call on it that fails does. It asks for nothing. */
  #whyNot(client: Client, outcome: "failed" | "late"): Promise<string> {
    if (outcome === "late") {
      return Promise.resolve(`no connection within ${this.#dialing.connectMsMax} ms`);
    }
    const { path, requestSerialize, responseDeserialize } = KVService.range;
    return new Promise((resolve) => {
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        RangeRequest.create({ key: Buffer.from([0]), limit: 1n, keysOnly: true }),
        new Metadata(),
        { deadline: Date.now() + reasonMsMax },
        (error) => resolve(error === null ? "the connection was lost" : reasonIn(error.details)),
      );
    });
  }
}

/** What the system or TLS said, in one line, out of what gRPC makes of it; all of it where that is worded in another way. */
function reasonIn(details: string): string {
  const line = details.replaceAll(/\s+/g, " ").trim();
  return (
    /^No connection established\. Last error: (.*?)(?: \([^()]*Z\))?\. Resolution note:/
      .exec(line)?.[1]
      ?.trim() ?? line
  );
}

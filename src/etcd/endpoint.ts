// One endpoint of etcd and the connection to it. A call is only handed over when there is a connection, so that whoever calls knows
// whether something was sent.

import { Client, connectivityState } from "@grpc/grpc-js";
import { channelOptions } from "./etcd-limits.js";
import { NotConnected, reachByGrpc, reachByTcp } from "./reach.js";
import type { Timers } from "./timers.js";
import type { ChannelSettings } from "./tls-channel.js";

export interface Dialing {
  readonly timers: Timers;
  readonly connectMsMax: number;
  /** Asked for each new connection. May throw. */
  readonly settings: (endpoint: string) => ChannelSettings;
}

export class Endpoint {
  /** host:port. */
  readonly name: string;
  readonly #dialing: Dialing;
  #client: Client | null = null;
  #connecting: Promise<Client> | null = null;
  /** Of the connection that is being made. */
  #abort = new AbortController();
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
    this.#abort.abort(new NotConnected("the client is closed"));
    this.#drop();
  }

  /** A new channel each time: the old one may be waiting before it tries again, and has read its files long ago. */
  async #connect(): Promise<Client> {
    if (this.#closed) throw new NotConnected("the client is closed");
    this.#drop();
    const { timers, connectMsMax } = this.#dialing;
    const abort = new AbortController();
    this.#abort = abort;
    const { signal } = abort;
    const timer = timers.after(connectMsMax, () => {
      abort.abort(new NotConnected(`no connection within ${connectMsMax} ms`));
    });
    try {
      await reachByTcp(this.name, signal);
      const client = this.#open();
      this.#client = client;
      await reachByGrpc(client, signal);
      return client;
    } catch (error) {
      this.#drop();
      throw error;
    } finally {
      timer.cancel();
    }
  }

  #open(): Client {
    try {
      const { credentials, options } = this.#dialing.settings(this.name);
      return new Client(this.name, credentials, { ...channelOptions, ...options });
    } catch (error) {
      throw new NotConnected((error as Error).message, { cause: error });
    }
  }

  #drop(): void {
    this.#client?.close();
    this.#client = null;
  }
}

// One try of a watch: connection, token, stream, and whether anything is heard of it. A stream can be dead without a word, so etcd
// is asked now and then.

import { Metadata } from "@grpc/grpc-js";
import type { Endpoint } from "./endpoint.js";
import type { EtcdToken } from "./etcd-token.js";
import type { Timer, Timers } from "./timers.js";
import { type StreamListener, WatchStream } from "./watch-stream.js";

export interface AttemptMeans {
  readonly token: EtcdToken;
  readonly timers: Timers;
  readonly silenceMsMax: number;
}

export class WatchAttempt {
  readonly endpoint: Endpoint;
  readonly #means: AttemptMeans;
  readonly #onSilence: (why: string) => void;
  readonly #abort = new AbortController();
  #metadata = new Metadata();
  #stream: WatchStream | null = null;
  #tick: Timer | null = null;
  #heard = false;

  /** `onSilence`: nothing is heard of it; it is for the caller to cancel it. */
  constructor(endpoint: Endpoint, means: AttemptMeans, onSilence: (why: string) => void) {
    this.endpoint = endpoint;
    this.#means = means;
    this.#onSilence = onSilence;
  }

  /** Once. Rejects with NotConnected, CallFailed, or EtcdError denied. */
  async open(
    from: { readonly prefix: string; readonly revision: bigint },
    listener: StreamListener,
  ): Promise<void> {
    this.#listen();
    const client = await this.endpoint.connected();
    const { signal } = this.#abort;
    if (signal.aborted) return;
    this.#metadata = await this.#means.token.metadata(client, this.endpoint.name, signal);
    if (signal.aborted) return;
    this.#stream = new WatchStream(client, this.#metadata, from, this.#heardBy(listener));
  }

  /** Its token is not taken. False: another one would not help. */
  refuseToken(): boolean {
    return this.#means.token.refused(this.#metadata);
  }

  /** Idempotent. */
  cancel(): void {
    this.#tick?.cancel();
    this.#tick = null;
    this.#abort.abort();
    this.#stream?.cancel();
  }

  #listen(): void {
    const { timers, silenceMsMax } = this.#means;
    this.#tick = timers.after(silenceMsMax, () => {
      if (!this.#heard) {
        this.#onSilence(`nothing was heard of it for ${silenceMsMax} ms`);
        return;
      }
      this.#heard = false;
      this.#stream?.ask();
      this.#listen();
    });
  }

  #heardBy(listener: StreamListener): StreamListener {
    const hear = (): void => {
      this.#heard = true;
    };
    return {
      created: (revision, clusterId) => {
        hear();
        listener.created(revision, clusterId);
      },
      changed: (events, revision) => {
        hear();
        listener.changed(events, revision);
      },
      progressed: (revision) => {
        hear();
        listener.progressed(revision);
      },
      answered: () => {
        hear();
        listener.answered();
      },
      broken: (answer, compacted) => listener.broken(answer, compacted),
    };
  }
}

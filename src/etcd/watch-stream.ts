// One watch on one stream of one endpoint, until either breaks. Events come in whole revisions. What follows is for
// resuming-watch.ts.

import type { Client, ClientDuplexStream, Metadata, ServiceError } from "@grpc/grpc-js";
import { status } from "@grpc/grpc-js";
import type { WatchEvent } from "./etcd.js";
import type { Answer } from "./etcd-failure.js";
import { WatchRequest, type WatchResponse, WatchService } from "./gen/etcd.js";
import { fromEvent, rangeOf, revisionOf } from "./wire.js";

export interface StreamListener {
  /** etcd watches. `revision`, `clusterId`: its own, now. */
  created(revision: bigint, clusterId: bigint): void;
  changed(events: readonly WatchEvent[], revision: bigint): void;
  /** Everything up to this revision was told. */
  progressed(revision: bigint): void;
  /** An answer to `ask`: it is there. */
  answered(): void;
  /** Nothing comes after it. `compacted`: what it said of the revision it was to begin with. */
  broken(answer: Answer, compacted: boolean): void;
}

/** Of progress that was asked for: it is of all watches of the stream. */
const allWatches = -1n;

export class WatchStream {
  readonly #listener: StreamListener;
  readonly #stream: ClientDuplexStream<WatchRequest, WatchResponse>;
  /** Events of a revision of which more may come. */
  #pieces: WatchEvent[] = [];
  #ended = false;

  constructor(
    client: Client,
    metadata: Metadata,
    from: { readonly prefix: string; readonly revision: bigint },
    listener: StreamListener,
  ) {
    this.#listener = listener;
    const { path, requestSerialize, responseDeserialize } = WatchService.watch;
    this.#stream = client.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      metadata,
    );
    this.#stream.on("data", (response: WatchResponse) => this.#hear(response));
    this.#stream.on("error", (error: ServiceError) => this.#end(error));
    this.#stream.on("end", () =>
      this.#end({ code: status.UNAVAILABLE, details: "it ended the stream" }),
    );
    const { key, rangeEnd } = rangeOf(from.prefix);
    const startRevision = from.revision;
    this.#write({
      $case: "createRequest",
      value: { key, rangeEnd, startRevision, progressNotify: true, fragment: true },
    });
  }

  /** Asks whether it is there. */
  ask(): void {
    this.#write({ $case: "progressRequest", value: {} });
  }

  /** The listener hears nothing more. Idempotent. */
  cancel(): void {
    this.#ended = true;
    this.#stream.cancel();
  }

  #write(requestUnion: NonNullable<WatchRequest["requestUnion"]>): void {
    if (!this.#ended) this.#stream.write(WatchRequest.create({ requestUnion }));
  }

  #hear(response: WatchResponse): void {
    if (this.#ended) return;
    if (response.canceled) this.#refused(response);
    else if (response.created) {
      this.#listener.created(response.header?.revision ?? 0n, response.header?.clusterId ?? 0n);
    } else if (response.events.length > 0 || response.fragment) this.#take(response);
    // Before etcd 3.4.25 and 3.5.8 such an answer may overtake events: https://github.com/etcd-io/etcd/issues/15220
    else if (response.watchId === allWatches) this.#listener.answered();
    else this.#listener.progressed(response.header?.revision ?? 0n);
  }

  /** Tells what is whole: of an answer in pieces, the last revision may not be. */
  #take({ events, fragment }: WatchResponse): void {
    // Not as arguments of a call: an etcd that takes large requests tells more at once than a function can be called with.
    for (const event of events) this.#pieces.push(fromEvent(event));
    const last = this.#pieces.at(-1);
    if (last === undefined) return;
    const open = revisionOf(last);
    const whole = fragment
      ? this.#pieces.filter((event) => revisionOf(event) !== open)
      : this.#pieces;
    this.#pieces = fragment ? this.#pieces.filter((event) => revisionOf(event) === open) : [];
    const lastWhole = whole.at(-1);
    if (lastWhole !== undefined) this.#listener.changed(whole, revisionOf(lastWhole));
    else this.#listener.answered();
  }

  #refused({ compactRevision, cancelReason }: WatchResponse): void {
    const compacted = compactRevision !== 0n;
    const details = `everything before revision ${compactRevision} is compacted away`;
    const answer = compacted ? { code: status.OUT_OF_RANGE, details } : readReason(cancelReason);
    this.#stream.cancel();
    this.#end(answer, compacted);
  }

  #end(answer: Answer, compacted = false): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#listener.broken(answer, compacted);
  }
}

/** etcd puts an error of gRPC into the reason as Go prints it: "rpc error: code = PermissionDenied desc = …". */
function readReason(reason: string): Answer {
  const match = /^rpc error: code = (\w+) desc = (.*)$/s.exec(reason);
  if (match === null) {
    return { code: status.UNAVAILABLE, details: reason === "" ? "it ended the watch" : reason };
  }
  const [, name = "", details = ""] = match;
  return { code: codes[name] ?? status.UNAVAILABLE, details };
}

/** https://github.com/grpc/grpc-go/blob/master/codes/code_string.go; those that etcd gives as reasons. */
const codes: Readonly<Record<string, status>> = {
  InvalidArgument: status.INVALID_ARGUMENT,
  PermissionDenied: status.PERMISSION_DENIED,
  Unauthenticated: status.UNAUTHENTICATED,
  Unavailable: status.UNAVAILABLE,
};

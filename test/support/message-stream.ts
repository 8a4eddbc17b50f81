// One stream of messages from a broker, as a client would read it: in order, at its own pace, and how the stream ended.

import type { ClientReadableStream, ServiceError } from "@grpc/grpc-js";
import { type RpcFailure, toRpcFailure } from "./rpc-failure.js";

export class MessageStream<Answer, Message = Answer> {
  readonly #stream: ClientReadableStream<Answer>;
  readonly #unread: Message[] = [];
  #listener: (() => void) | null = null;
  /** Resolves when the stream has ended: `null` for a good end. */
  readonly ended: Promise<RpcFailure | null>;

  /** `receive`: called with each answer when it comes; makes of it what `next` tells. */
  constructor(stream: ClientReadableStream<Answer>, receive: (answer: Answer) => Message) {
    this.#stream = stream;
    stream.on("data", (answer: Answer) => {
      this.#unread.push(receive(answer));
      this.#listener?.();
    });
    this.ended = new Promise((resolve) => {
      stream.on("error", (error: ServiceError) => resolve(toRpcFailure(error)));
      stream.on("end", () => resolve(null));
    });
  }

  /** Rejects with RpcFailure when the stream ends before. */
  async next(): Promise<Message> {
    for (;;) {
      const first = this.#unread.shift();
      if (first !== undefined) return first;
      const said = new Promise<void>((resolve) => {
        this.#listener = resolve;
      });
      await Promise.race([said, this.#failsAtEnd()]);
    }
  }

  /** How many messages came that `next` has not told yet. */
  get unreadCount(): number {
    return this.#unread.length;
  }

  /** Stops reading, so that the broker has to stop sending. */
  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  cancel(): void {
    this.#stream.cancel();
  }

  async #failsAtEnd(): Promise<never> {
    const failure = await this.ended;
    throw failure ?? new Error("the watch ended");
  }
}

// One Session stream with many requests under way: matches answers to requests by number. No reconnecting, no keeping of
// leases: the benchmark measures the broker and the protocol, not the client library.

import type { ClientDuplexStream } from "@grpc/grpc-js";
import type {
  LeaseServiceClient,
  SessionRequest,
  SessionResponse,
} from "@portlease/proto/portlease/v1/lease_service.js";

type Ask = NonNullable<SessionRequest["request"]>;
/** What the broker says by itself. */
export type News = Answer;
type Answer = NonNullable<SessionResponse["response"]>;
type AnswerValue<K extends Answer["$case"]> = Extract<Answer, { $case: K }>["value"];

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export class SessionClient {
  readonly #call: ClientDuplexStream<SessionRequest, SessionResponse>;
  readonly #waiting = new Map<bigint, Waiting>();
  readonly #hear: (news: News) => void;
  readonly #over: Promise<void>;
  #requestNumber = 0n;

  /** `hear` is told what the broker says by itself. */
  constructor(client: LeaseServiceClient, hear: (news: News) => void = () => undefined) {
    this.#hear = hear;
    this.#call = client.session();
    this.#call.on("data", (response: SessionResponse) => this.#settle(response));
    this.#call.on("error", (error: Error) => this.#end(error));
    this.#call.on("end", () => this.#end(new Error("the session ended")));
    this.#over = new Promise((resolve) => this.#call.once("status", () => resolve()));
  }

  /** Rejects when the broker answers anything but `expected`. */
  async ask<K extends Answer["$case"]>(request: Ask, expected: K): Promise<AnswerValue<K>> {
    const requestNumber = ++this.#requestNumber;
    const answer = await new Promise<Answer>((resolve, reject) => {
      this.#waiting.set(requestNumber, { resolve, reject });
      this.#call.write({ requestNumber, request });
    });
    if (answer.$case === expected) return answer.value as AnswerValue<K>;
    const problem = answer.$case === "error" ? answer.value.message : answer.$case;
    throw new Error(`the session answered ${request.$case} with: ${problem}`);
  }

  /** Resolves when the broker has let go of it. */
  close(): Promise<void> {
    this.#call.end();
    return this.#over;
  }

  #settle({ requestNumber, response }: SessionResponse): void {
    if (response === undefined) return;
    if (requestNumber === 0n) this.#hear(response);
    const waiting = this.#waiting.get(requestNumber);
    if (waiting === undefined) return;
    this.#waiting.delete(requestNumber);
    waiting.resolve(response);
  }

  #end(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

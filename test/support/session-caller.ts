// One Session stream, as a client would use it: requests by number, their answers, and what the broker says by itself.

import type { ClientDuplexStream, ServiceError } from "@grpc/grpc-js";
import {
  type DeepPartial,
  type GoingAway,
  type LeaseNotice,
  SessionRequest,
  type SessionResponse,
} from "@portlease/proto/portlease/v1/lease_service.js";
import type { LeaseCaller } from "./lease-caller.js";
import { failureOfStatus, toRpcFailure, type RpcFailure } from "./rpc-failure.js";
import { noteSecret } from "./test-output.js";

type Question = NonNullable<DeepPartial<SessionRequest>["request"]>;
type Answer = NonNullable<SessionResponse["response"]>;
type AnswerOf<Case extends Answer["$case"]> = Extract<Answer, { readonly $case: Case }>["value"];

export class SessionCaller {
  readonly #stream: ClientDuplexStream<SessionRequest, SessionResponse>;
  readonly #waiting = new Map<bigint, (answer: Answer) => void>();
  readonly #unheard: Answer[] = [];
  #listener: (() => void) | null = null;
  #lastNumber = 0n;
  /** Resolves when the stream has ended: `null` for a good end. */
  readonly ended: Promise<RpcFailure | null>;

  constructor(caller: LeaseCaller) {
    this.#stream = caller.leaseClient.session();
    this.#stream.on("data", (message: SessionResponse) => this.#heard(message));
    this.ended = new Promise((resolve) => {
      this.#stream.on("error", (error: ServiceError) => resolve(toRpcFailure(error)));
      this.#stream.on("end", () => resolve(null));
    });
  }

  /** Sends a request and resolves with its answer, whatever it is. Rejects when the stream ends before. */
  ask(request: Question): Promise<Answer> {
    return this.#send(request);
  }

  /** Sends a message in which no request is set. */
  askNothing(): Promise<Answer> {
    return this.#send(undefined);
  }

  #send(request: Question | undefined): Promise<Answer> {
    this.#lastNumber += 1n;
    const requestNumber = this.#lastNumber;
    const answer = new Promise<Answer>((resolve) => this.#waiting.set(requestNumber, resolve));
    this.#stream.write(SessionRequest.fromPartial({ requestNumber, request }));
    return Promise.race([answer, this.#endedBefore(requestNumber)]);
  }

  /** The value of an answer that must be of this case; an error answer rejects with RpcFailure. */
  async tell<Case extends Answer["$case"]>(
    request: Question,
    expected: Case,
  ): Promise<AnswerOf<Case>> {
    const answer = await this.ask(request);
    if (answer.$case === "error") throw failureOfStatus(answer.value);
    if (answer.$case !== expected) throw new Error(`answered with ${answer.$case}`);
    return answer.value as AnswerOf<Case>;
  }

  /** The next thing that the broker says by itself. */
  async nextNotice(): Promise<LeaseNotice> {
    const heard = await this.#next();
    if (heard.$case === "leaseNotice") return heard.value;
    throw new Error(`the broker said ${heard.$case}`);
  }

  async nextGoingAway(): Promise<GoingAway> {
    const heard = await this.#next();
    if (heard.$case === "goingAway") return heard.value;
    throw new Error(`the broker said ${heard.$case}`);
  }

  /** How much of what the broker said by itself nobody asked for yet. */
  get unheardCount(): number {
    return this.#unheard.length;
  }

  /** Says that no more requests come. */
  halfClose(): void {
    this.#stream.end();
  }

  /** Ends the stream without a word. */
  cancel(): void {
    this.#stream.cancel();
  }

  #heard({ requestNumber, response }: SessionResponse): void {
    if (response === undefined) throw new Error("the broker sent an empty message");
    if (response.$case === "acquireLease") noteSecret(response.value.holderKey);
    if (requestNumber === 0n) {
      this.#unheard.push(response);
      this.#listener?.();
      return;
    }
    const resolve = this.#waiting.get(requestNumber);
    if (resolve === undefined) throw new Error(`an answer to ${requestNumber}, which nobody asked`);
    this.#waiting.delete(requestNumber);
    resolve(response);
  }

  async #next(): Promise<Answer> {
    const first = this.#unheard.shift();
    if (first !== undefined) return first;
    const said = new Promise<void>((resolve) => {
      this.#listener = resolve;
    });
    await Promise.race([said, this.#endedBefore("a notice")]);
    this.#listener = null;
    return this.#next();
  }

  async #endedBefore(what: bigint | string): Promise<never> {
    const failure = await this.ended;
    throw failure ?? new Error(`the session ended before ${what}`);
  }
}

// Calls with one answer: to one endpoint after the other until one answers, within one time limit for all, with a new token where
// the old one is refused. What was sent and may have been done is not sent again, unless doing it twice does no harm.

import type { Client, Metadata } from "@grpc/grpc-js";
import { closed, finalError, meaningOf, noAnswer, uncertain, unreachable } from "./etcd-failure.js";
import type { EtcdLinks } from "./etcd-links.js";
import type { Endpoint } from "./endpoint.js";
import { CallFailed, type Method, oneAnswer } from "./one-answer.js";
import { NotConnected } from "./reach.js";
import type { Timers } from "./timers.js";

/** What is asked for. */
export interface Wish {
  /** As in "etcd was asked to grant a lease". */
  readonly what: string;
  /** Doing it twice does no harm. */
  readonly repeatable: boolean;
}

export interface Call<Request, Response> extends Wish {
  readonly method: Method<Request, Response>;
  readonly request: Request;
}

/** The reason for which a call is given up when its time is over. */
class TimeOver extends Error {}

export class EtcdCalls {
  readonly #links: EtcdLinks;
  readonly #timers: Timers;
  readonly #callMsMax: number;
  readonly #underWay = new Set<AbortController>();
  #closed = false;

  constructor(links: EtcdLinks, timers: Timers, callMsMax: number) {
    this.#links = links;
    this.#timers = timers;
    this.#callMsMax = callMsMax;
  }

  /** Rejects with EtcdError. */
  async call<Request, Response>(call: Call<Request, Response>): Promise<Response> {
    if (this.#closed) throw closed();
    const abort = new AbortController();
    this.#underWay.add(abort);
    const timer = this.#timers.after(this.#callMsMax, () => abort.abort(new TimeOver()));
    try {
      return await this.#tryAll(call, abort.signal);
    } finally {
      timer.cancel();
      this.#underWay.delete(abort);
    }
  }

  /** All calls under way and to come reject with EtcdError closed. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const abort of this.#underWay) abort.abort(closed());
  }

  async #tryAll<Request, Response>(
    call: Call<Request, Response>,
    signal: AbortSignal,
  ): Promise<Response> {
    const tried: string[] = [];
    for (const endpoint of this.#links.inOrder()) {
      try {
        return await this.#tryOne(call, endpoint, signal);
      } catch (error) {
        if (error instanceof TimeOver) {
          this.#links.passOver(endpoint);
          tried.push(`${endpoint.name}: no connection, or no token, within ${this.#callMsMax} ms`);
          break;
        }
        if (!(error instanceof NotDone)) throw error;
        this.#links.passOver(endpoint);
        tried.push(`${endpoint.name}: ${error.message}`);
      }
    }
    throw unreachable(call.what, tried);
  }

  /** Rejects with NotDone where another endpoint may be tried, TimeOver when nothing was sent in time, else with EtcdError. */
  async #tryOne<Request, Response>(
    call: Call<Request, Response>,
    endpoint: Endpoint,
    signal: AbortSignal,
  ): Promise<Response> {
    const client = await unlessAborted(connection(endpoint), signal);
    const metadata = await this.#metadata(client, endpoint, signal);
    try {
      return await this.#send(call, client, metadata, signal);
    } catch (error) {
      if (!(error instanceof CallFailed) || meaningOf(error.answer) !== "token") {
        throw this.#toError(error, call, endpoint);
      }
      if (!this.#links.token.refused(metadata)) {
        throw finalError("denied", endpoint.name, call.what, error.answer.details);
      }
    }
    const fresh = await this.#metadata(client, endpoint, signal);
    try {
      return await this.#send(call, client, fresh, signal);
    } catch (error) {
      throw this.#toError(error, call, endpoint);
    }
  }

  #send<Request, Response>(
    { method, request }: Call<Request, Response>,
    client: Client,
    metadata: Metadata,
    signal: AbortSignal,
  ): Promise<Response> {
    return oneAnswer(client, method, request, metadata, signal);
  }

  async #metadata(client: Client, endpoint: Endpoint, signal: AbortSignal): Promise<Metadata> {
    try {
      return await this.#links.token.metadata(client, endpoint.name, signal);
    } catch (error) {
      if (error instanceof CallFailed) throw new NotDone(`no token: ${error.answer.details}`);
      throw error;
    }
  }

  /** Of a call that was sent. */
  #toError(error: unknown, { what, repeatable }: Wish, endpoint: Endpoint): Error {
    const { name } = endpoint;
    if (error instanceof TimeOver) {
      this.#links.passOver(endpoint);
      return noAnswer(name, what, this.#callMsMax);
    }
    if (!(error instanceof CallFailed)) return error as Error;
    const { details } = error.answer;
    const meaning = meaningOf(error.answer);
    switch (meaning) {
      case "not-done":
        return new NotDone(details);
      case "unknown":
        if (repeatable) return new NotDone(details);
        this.#links.passOver(endpoint);
        return uncertain(name, what, details);
      case "token":
        return finalError("denied", name, what, details);
      default:
        return finalError(meaning, name, what, details);
    }
  }
}

/** Nothing was done, or doing it again does no harm. The message says why. */
class NotDone extends Error {}

async function connection(endpoint: Endpoint): Promise<Client> {
  try {
    return await endpoint.connected();
  } catch (error) {
    if (error instanceof NotConnected) throw new NotDone(error.message, { cause: error });
    throw error;
  }
}

/** Rejects with the reason of `signal` as soon as it is aborted. */
function unlessAborted<Result>(result: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    const end = (): void => signal.removeEventListener("abort", onAbort);
    result.then(resolve, reject).finally(end);
  });
}

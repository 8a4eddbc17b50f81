// How calls reach a server, a broker or the fleet's: unary calls as JSON by the Connect protocol (https://connectrpc.com/docs/protocol), streams as
// server-sent events, read with fetch because EventSource cannot send a token in a header. What is called is up to others.

import { ApiError, apiErrorFrom } from "./api-error.js";
import { EventStreamParser } from "./event-stream-parser.js";

/** "portlease.v1.AdminService/GetBroker" */
export type MethodPath =
  `portlease.v1.${"AdminService" | "LeaseService" | "FleetService"}/${string}`;

/** Longer than a slow answer of the operating system takes, shorter than a person's patience. */
const callMsMax = 15_000;

export class RpcTransport {
  readonly #baseUrl: string;
  readonly #server: string;
  readonly #token: () => string | null;

  /** `baseUrl` ends without a slash. `server` is what refusals call it. `token` is asked before each call. */
  constructor(baseUrl: string, server: string, token: () => string | null) {
    this.#baseUrl = baseUrl;
    this.#server = server;
    this.#token = token;
  }

  /** Rejects with ApiError, also when nobody answers; with the signal's reason when it fires. */
  async call<Response>(
    method: MethodPath,
    request: object,
    signal?: AbortSignal,
  ): Promise<Response> {
    const limit = AbortSignal.timeout(callMsMax);
    const response = await this.#fetch(
      `${this.#baseUrl}/${method}`,
      {
        method: "POST",
        headers: { ...this.#authorization(), "content-type": "application/json" },
        body: JSON.stringify(request),
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      },
      signal,
    );
    const body: unknown = await response.json().catch(() => null);
    if (!response.ok)
      throw apiErrorFrom(body, `the ${this.#server} answered with HTTP ${response.status}`);
    return body as Response;
  }

  /** Calls `receive` for each message. Resolves when the server ends the stream; rejects as `call` does. */
  async stream(
    method: MethodPath,
    request: object,
    receive: (message: unknown) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const query = `encoding=json&message=${encodeURIComponent(JSON.stringify(request))}`;
    const headers = { ...this.#authorization(), accept: "text/event-stream" };
    const response = await this.#fetch(
      `${this.#baseUrl}/${method}?${query}`,
      { headers, signal },
      signal,
    );
    if (!response.ok || response.body === null) {
      const body: unknown = await response.json().catch(() => null);
      throw apiErrorFrom(body, `the ${this.#server} answered with HTTP ${response.status}`);
    }
    await this.#readEvents(response.body, receive, signal);
  }

  async #readEvents(
    body: ReadableStream<Uint8Array>,
    receive: (message: unknown) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const parser = new EventStreamParser();
    const decoder = new TextDecoder();
    const reader = body.getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        for (const { type, data } of parser.push(decoder.decode(value, { stream: true }))) {
          const parsed: unknown = JSON.parse(data);
          if (type === "error") throw apiErrorFrom(parsed, `the ${this.#server} ended the stream`);
          receive(parsed);
        }
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ApiError) throw error;
      throw new ApiError("unavailable", `The connection to the ${this.#server} broke off.`);
    } finally {
      await reader.cancel().catch(() => undefined);
    }
  }

  async #fetch(url: string, init: RequestInit, signal?: AbortSignal): Promise<Response> {
    try {
      return await fetch(url, { ...init, cache: "no-store", credentials: "omit" });
    } catch {
      signal?.throwIfAborted();
      // The browser does not say why: https://fetch.spec.whatwg.org/#concept-network-error
      throw new ApiError("unavailable", `The ${this.#server} does not answer.`);
    }
  }

  #authorization(): Record<string, string> {
    const token = this.#token();
    return token === null ? {} : { authorization: `Bearer ${token}` };
  }
}

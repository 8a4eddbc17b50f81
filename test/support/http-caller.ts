// Calls a broker by HTTP as programs do: plain requests, with any header, and streams of server-sent events read one by one.

import { type IncomingHttpHeaders, type IncomingMessage, request as plainRequest } from "node:http";
import { request as secureRequest, type RequestOptions } from "node:https";
import { once } from "node:events";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

export interface ConnectErrorBody {
  readonly code: string;
  readonly message: string;
  readonly details?: readonly {
    readonly type: string;
    readonly value: string;
    readonly debug?: { readonly reason?: string; readonly metadata?: Record<string, string> };
  }[];
}

export interface ServerSentEvent {
  /** "message" where no other is named. */
  readonly event: string;
  readonly data: unknown;
}

export class HttpCaller {
  readonly #address: string;
  readonly #options: RequestOptions;
  readonly #secured: boolean;

  /** `address` as host:port. With `tls` it is spoken to over TLS. */
  constructor(address: string, tls: RequestOptions | null = null) {
    this.#address = address;
    this.#secured = tls !== null;
    this.#options = tls ?? {};
  }

  /** POST of JSON to a method such as "AdminService/GetBroker". */
  call(
    method: string,
    message: unknown = {},
    headers: Record<string, string> = {},
  ): Promise<HttpAnswer> {
    const body = typeof message === "string" ? message : JSON.stringify(message);
    const all = { "content-type": "application/json", ...headers };
    return this.send("POST", `/portlease.v1.${method}`, all, body);
  }

  get(path: string, headers: Record<string, string> = {}): Promise<HttpAnswer> {
    return this.send("GET", path, headers);
  }

  /** On a connection of its own. */
  async send(
    method: string,
    path: string,
    headers: Record<string, string | string[]> = {},
    body: string | Buffer = "",
  ): Promise<HttpAnswer> {
    const response = await this.#open(method, path, headers, body);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const whole = Buffer.concat(chunks);
    const { statusCode = 0, headers: answered } = response;
    return { status: statusCode, headers: answered, body: whole, text: whole.toString() };
  }

  /** A stream of a method such as "LeaseService/WatchLeases". */
  async stream(
    method: string,
    message: unknown = {},
    headers: Record<string, string> = {},
  ): Promise<EventReader> {
    const query = `encoding=json&message=${encodeURIComponent(JSON.stringify(message))}`;
    const response = await this.#open("GET", `/portlease.v1.${method}?${query}`, headers, "");
    return new EventReader(response);
  }

  async #open(
    method: string,
    path: string,
    headers: Record<string, string | string[]>,
    body: string | Buffer,
  ): Promise<IncomingMessage> {
    const url = `${this.#secured ? "https" : "http"}://${this.#address}${path}`;
    const send = this.#secured ? secureRequest : plainRequest;
    const request = send(url, { ...this.#options, method, headers, agent: false });
    request.end(body);
    const [response] = (await once(request, "response")) as [IncomingMessage];
    // A broker may end the connection while much is still being sent to it.
    request.on("error", () => undefined);
    return response;
  }
}

export class EventReader {
  readonly response: IncomingMessage;
  readonly #chunks: AsyncIterator<Buffer>;
  #buffered = "";

  constructor(response: IncomingMessage) {
    this.response = response;
    this.#chunks = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  get status(): number {
    return this.response.statusCode ?? 0;
  }

  /** The next event, or the next comment as an event of that name; `null` at the end of the stream. */
  async next(): Promise<ServerSentEvent | null> {
    for (;;) {
      const end = this.#buffered.indexOf("\n\n");
      if (end >= 0) {
        const block = this.#buffered.slice(0, end);
        this.#buffered = this.#buffered.slice(end + 2);
        return eventOf(block);
      }
      const { done, value } = await this.#chunks.next();
      if (done === true) return null;
      this.#buffered += value.toString();
    }
  }

  /** The rest of what is no stream, such as a refusal. */
  async text(): Promise<string> {
    let { done, value } = await this.#chunks.next();
    for (; done !== true; { done, value } = await this.#chunks.next()) {
      this.#buffered += (value as Buffer).toString();
    }
    return this.#buffered;
  }

  close(): void {
    this.response.destroy();
  }
}

function eventOf(block: string): ServerSentEvent {
  if (block.startsWith(":")) return { event: "comment", data: block.slice(1).trim() };
  const lines = block.split("\n");
  const field = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  return { event: field("event") ?? "message", data: JSON.parse(field("data") ?? "null") };
}

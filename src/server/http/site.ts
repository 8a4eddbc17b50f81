// What the HTTP listener answers to which request: probes, methods of the API, pages such as /metrics, and the dashboard's files. Connections are
// http-server.ts.

import type { IncomingMessage, ServerResponse } from "node:http";
import { BrokerError } from "../domain/errors.js";
import { stopping } from "../domain/refusals.js";
import type { GuardedServices } from "../grpc/guarded-services.js";
import { toWireError } from "../grpc/rich-error.js";
import { UnreadableRequest } from "../grpc/unreadable-request.js";
import type { Log } from "../log.js";
import type { ServerKind } from "../server-kind.js";
import { answer, answerText } from "./answer.js";
import type { Api, ApiMethod } from "./api-methods.js";
import { type CallFacts, callFactsOf } from "./call-facts.js";
import { Compression } from "./compression.js";
import { streamsMax } from "./limits.js";
import { checkUnary, streamMessage, timeoutOf } from "./method-request.js";
import { answerProbe, probePaths } from "./probes.js";
import type { Page, Pages } from "./page.js";
import { readBody } from "./read-body.js";
import { HttpRefusal, wrongMethod } from "./refusal.js";
import { checkHost, checkOrigin, type HostRules } from "./request-checks.js";
import type { StaticFiles } from "./static-files.js";
import { StreamCall } from "./stream-call.js";
import { jsonType, serveUnary } from "./unary-call.js";

export interface SiteParts {
  /** Asked for with the first request that is neither for a probe nor a page nor a file. */
  readonly api: () => Promise<Api>;
  readonly guarded: Pick<GuardedServices, "admit" | "endAll">;
  readonly kind: ServerKind;
  /** As Health has it. */
  readonly obstacle: () => string | null;
  readonly pages: Pages;
  readonly files: StaticFiles;
  readonly hosts: () => HostRules;
  readonly keepAliveEveryMs: number;
  readonly log: Log;
}

/** In a query, which ends in logs and histories. */
const tokenParameters = /^(?:access_?|bearer_?|auth_?|api_?)?(?:token|key|authorization|bearer)$/i;

export class Site {
  readonly #parts: SiteParts;
  readonly #compression = new Compression();
  readonly #streams = new Set<StreamCall>();
  #stopped = false;

  constructor(parts: SiteParts) {
    this.#parts = parts;
  }

  /** Answers, and never rejects. `peer`: the connection's name. */
  async serve(request: IncomingMessage, response: ServerResponse, peer: string): Promise<void> {
    try {
      await this.#route(request, response, callFactsOf(request, peer));
    } catch (error) {
      // What cannot be answered any more is answered by nobody.
      if (error instanceof HttpRefusal)
        answerText(response, error.status, error.message, error.headers);
      else if (error instanceof BrokerError) await this.#refuse(response, error);
      else if (!request.destroyed || request.complete) await this.#fail(response, error);
    }
  }

  /** Ends all calls of the server, in a way that clients try again after. */
  endCalls(): void {
    this.#parts.guarded.endAll(stopping(this.#parts.kind.name));
  }

  /** Ends all streams, and lets none begin. */
  stop(): void {
    this.#stopped = true;
    const error = toWireError(stopping(this.#parts.kind.name));
    for (const stream of this.#streams) stream.emit("error", error);
  }

  async #route(
    request: IncomingMessage,
    response: ServerResponse,
    facts: CallFacts,
  ): Promise<void> {
    const { path, query } = targetOf(request);
    const { files, obstacle, pages } = this.#parts;
    const hosts = this.#parts.hosts();
    if (probePaths.has(path)) {
      checkRead(request);
      answerProbe(path, obstacle(), response);
      return;
    }
    checkHost(request, hosts);
    const file = files.find(path);
    checkOrigin(request, hosts, file !== null);
    for (const name of query.keys()) if (tokenParameters.test(name)) throw tokenInQuery();
    const page = pages.get(path);
    if (page !== undefined) return this.#answerPage(path, page, query, request, response, facts);
    if (file !== null) {
      checkRead(request);
      await files.answer(file, request, response);
      return;
    }
    const api = await this.#parts.api();
    const method = api.methods.get(path);
    if (method === undefined) throw notFound(path, this.#parts);
    if (request.method === "OPTIONS") answerOptions(method, response);
    else await this.#call(api, method, request, response, facts, query);
  }

  async #call(
    { errorOf }: Api,
    method: ApiMethod,
    request: IncomingMessage,
    response: ServerResponse,
    facts: CallFacts,
    query: URLSearchParams,
  ): Promise<void> {
    if (method.kind === "duplex") {
      throw new HttpRefusal(
        501,
        `${method.path} streams both ways, which needs gRPC; use that, or the unary methods`,
      );
    }
    if (method.kind === "server-stream") {
      const text = streamMessage(request, method, query);
      const message = readMessage(() => method.json.read(text));
      this.#stream(method, message, facts, response, errorOf);
      return;
    }
    const codec = checkUnary(request, method);
    const timeoutMs = timeoutOf(request);
    const body = await readBody(request);
    const message = readMessage(() => codec.read(method, body));
    const parts = { compression: this.#compression, errorOf, log: this.#parts.log };
    serveUnary(parts, method, { message, facts, codec, timeoutMs }, response);
  }

  #stream(
    method: ApiMethod,
    message: unknown,
    facts: CallFacts,
    response: ServerResponse,
    errorOf: Api["errorOf"],
  ): void {
    if (this.#stopped) throw stopping(this.#parts.kind.name);
    if (this.#streams.size >= streamsMax) {
      throw new HttpRefusal(
        503,
        `${streamsMax} streams are open, which is the most at once; close one, or use gRPC`,
      );
    }
    const { keepAliveEveryMs } = this.#parts;
    const write = (answered: object): string => {
      try {
        return method.json.writeShared(answered);
      } catch (error) {
        this.#parts.log.error("answer failed", { method: method.path, error });
        throw error;
      }
    };
    const parts = { write, errorOf, keepAliveEveryMs };
    const call = new StreamCall(message, facts, response, parts);
    this.#streams.add(call);
    call.once("close", () => this.#streams.delete(call));
    method.handler(call, undefined);
    call.begin();
  }

  async #answerPage(
    path: string,
    page: Page,
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
    facts: CallFacts,
  ): Promise<void> {
    checkRead(request);
    this.#parts.guarded.admit(path, facts.metadata, facts.peer);
    const { contentType, text } = await page(query, overOf(request, response));
    await this.#compression.answer(response, contentType, Buffer.from(text));
  }

  async #refuse(response: ServerResponse, error: unknown): Promise<void> {
    try {
      const { errorOf } = await this.#parts.api();
      const { httpStatus, json } = errorOf(toWireError(error));
      answer(response, httpStatus, { "content-type": jsonType }, json);
    } catch (unloaded) {
      this.#parts.log.error("the API could not be loaded", { error: unloaded });
      answerText(response, 500, "the API cannot be loaded; the server's log says why");
    }
  }

  async #fail(response: ServerResponse, error: unknown): Promise<void> {
    this.#parts.log.error("a request failed", { error });
    await this.#refuse(response, error);
  }
}

/** Of an answer that waits behind another one of its connection, only the connection's end is heard. */
function overOf({ socket }: IncomingMessage, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      socket.off("close", over);
      resolve();
    };
    response.once("close", over);
    socket.once("close", over);
  });
}

/** What cannot be read reaches the guard, which first asks whether the caller may call at all. */
function readMessage(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (error instanceof BrokerError) return new UnreadableRequest(error);
    throw error;
  }
}

/** Throws HttpRefusal for what is no path. */
function targetOf({ url = "" }: IncomingMessage): { path: string; query: URLSearchParams } {
  if (!url.startsWith("/")) {
    throw new HttpRefusal(400, "the request names no path; this is no proxy");
  }
  const [path = "", query = ""] = url.split(/\?(.*)/s, 2);
  return { path, query: new URLSearchParams(query) };
}

function checkRead({ method = "" }: IncomingMessage): void {
  if (method !== "GET" && method !== "HEAD") {
    throw wrongMethod(method, "GET, HEAD", "it is only read");
  }
}

/** Never with a word on other origins: https://fetch.spec.whatwg.org/#http-cors-protocol */
function answerOptions({ kind }: ApiMethod, response: ServerResponse): void {
  const allow = kind === "server-stream" ? "GET, OPTIONS" : "POST, OPTIONS";
  answer(response, 204, { allow }, "");
}

function tokenInQuery(): HttpRefusal {
  return new HttpRefusal(
    400,
    'the query seems to have a token, which would end in logs and in histories; send it as "authorization: Bearer TOKEN", and make ' +
      "a new one, since this one was seen",
  );
}

function notFound(path: string, { files, kind, pages }: SiteParts): HttpRefusal {
  if (path === "/" && files.empty) {
    return new HttpRefusal(
      404,
      `the dashboard was not built: npm run build makes it. The API is served: POST ${kind.firstMethod} with {}`,
    );
  }
  return new HttpRefusal(
    404,
    `there is nothing here; there are the dashboard at /, methods such as ${kind.exampleMethod}, ${[...pages.keys(), "/healthz"].join(", ")} ` +
      "and /readyz",
  );
}

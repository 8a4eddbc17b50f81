// A request for a method of the API, checked for what the Connect protocol asks of it: https://connectrpc.com/docs/protocol .
// What is in its message is the method's business.

import type { IncomingMessage } from "node:http";
import type { ApiMethod } from "./api-methods.js";
import { timeoutDigitsMax } from "./limits.js";
import { codecFor, type MessageCodec } from "./message-codec.js";
import { HttpRefusal, shown, wrongMethod } from "./refusal.js";

/** Of a stream's query; "connect" names the protocol's version, as its own GET requests do. */
const streamParameters: ReadonlySet<string> = new Set(["encoding", "message", "connect"]);

/** In which form its messages travel. Throws HttpRefusal unless it is a POST of one. */
export function checkUnary(request: IncomingMessage, { path }: ApiMethod): MessageCodec {
  if (request.method !== "POST") {
    throw wrongMethod(
      request.method ?? "",
      "POST, OPTIONS",
      `${path} is called by POST, with JSON`,
    );
  }
  checkVersion(request);
  const codec = codecFor(request.headers["content-type"]);
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") {
    throw new HttpRefusal(415, "the body is compressed; send it as it is", {
      "accept-encoding": "identity",
    });
  }
  return codec;
}

/** The JSON in the query. Throws HttpRefusal unless it is a GET with nothing else in it. */
export function streamMessage(
  request: IncomingMessage,
  { path }: ApiMethod,
  query: URLSearchParams,
): string {
  if (request.method !== "GET") {
    throw wrongMethod(
      request.method ?? "",
      "GET, OPTIONS",
      `${path} is a stream of server-sent events, which is read by GET, with ?encoding=json&message= and the message as JSON`,
    );
  }
  checkVersion(request);
  for (const name of query.keys()) {
    if (streamParameters.has(name)) continue;
    throw new HttpRefusal(
      400,
      `the query has "${shown(name)}"; a stream has encoding (json) and message (JSON)`,
    );
  }
  const encoding = query.get("encoding") ?? "json";
  if (encoding !== "json") {
    throw new HttpRefusal(400, `the encoding is "${shown(encoding)}"; only json is served here`);
  }
  return query.get("message") ?? "";
}

/** Longer than any call; a timer that is set later fires at once: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const timerHighestMs = 2 ** 31 - 1;

/** Milliseconds; `null` when the caller waits as long as it takes. Throws HttpRefusal. */
export function timeoutOf({ headers }: IncomingMessage): number | null {
  const text = headers["connect-timeout-ms"];
  if (text === undefined) return null;
  if (typeof text !== "string" || !/^\d+$/.test(text) || text.length > timeoutDigitsMax) {
    throw new HttpRefusal(
      400,
      `Connect-Timeout-Ms is no number of at most ${timeoutDigitsMax} digits`,
    );
  }
  return Math.min(Number(text), timerHighestMs);
}

function checkVersion({ headers }: IncomingMessage): void {
  const version = headers["connect-protocol-version"] ?? "1";
  if (version !== "1") {
    throw new HttpRefusal(
      400,
      `Connect-Protocol-Version is "${shown(String(version))}"; this server speaks version 1`,
    );
  }
}

// HTTP/2 sessions that let go of the streams of calls that have ended. node:http2 keeps the streams of a session in a Map, which
// keeps them, and with each all of its call, until old objects are collected (forgetful-map.ts says why): two thirds of what
// survived a collection of young objects under load, and a quarter of the CPU of each call. There is no setting for it, so that
// Map is exchanged here; where node:http2 is not as we know it, nothing is.

import http2, { type Http2Server, type Http2Session } from "node:http2";
import { ForgetfulMap } from "../domain/forgetful-map.js";

/**
 * In these major versions of Node a session has `[Symbol(state)].streams`, of which get, set, delete, size and forEach are used, as
 * methods of that object (it gets all of a Map's): https://github.com/nodejs/node/blob/v24.x/lib/internal/http2/core.js, and the same in v20.x and v22.x.
 */
const knownVersions: ReadonlySet<string> = new Set(["20", "22", "24"]);

/** What `make` returns. Sessions of the servers that it makes by `createServer` of node:http2 let go of their streams. */
export function withForgetfulSessions<Made>(make: () => Made): Made {
  if (!knownVersions.has(process.versions.node.split(".")[0] ?? "")) return make();
  const { createServer } = http2;
  const create = (...given: Parameters<typeof createServer>): Http2Server => {
    const server = createServer(...given);
    server.prependListener("session", exchangeStreams);
    return server;
  };
  // grpc-js asks for it when it makes a server, and has no other place at which to hear of sessions.
  Reflect.set(http2, "createServer", create);
  try {
    return make();
  } finally {
    Reflect.set(http2, "createServer", createServer);
  }
}

/** A no-op for a session that is not as expected, or has streams already. True when they were exchanged. */
export function exchangeStreams(session: Http2Session): boolean {
  const symbol = Object.getOwnPropertySymbols(session).find(
    ({ description }) => description === "state",
  );
  const state: unknown = symbol === undefined ? undefined : Reflect.get(session, symbol);
  if (!isObject(state)) return false;
  const streams: unknown = Reflect.get(state, "streams");
  // Node's own kind of Map, which is no Map to `instanceof`.
  if (!isObject(streams) || Reflect.get(streams, "size") !== 0) return false;
  return Reflect.set(state, "streams", new ForgetfulMap<number, object>());
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

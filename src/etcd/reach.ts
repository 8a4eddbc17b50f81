// How a connection comes about: first by TCP alone, then by gRPC. gRPC cannot be told to give up a connection that the other host
// does not answer; the system does so after two minutes, in which the process could not end.

import { connect } from "node:net";
import { type Client, connectivityState, Metadata } from "@grpc/grpc-js";
import { hostOf, portOf } from "./etcd-url.js";
import { KVService, RangeRequest } from "./gen/etcd.js";

/** There is no connection. The message says why, as a part of a sentence. */
export class NotConnected extends Error {}

/** Time for gRPC to say why there is no connection; it knows already. */
const reasonMsMax = 1_000;

/** Resolves when the endpoint takes TCP connections. Rejects with NotConnected, or with the reason of `signal`. */
export function reachByTcp(endpoint: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostOf(endpoint), port: portOf(endpoint), signal }, () => {
      socket.destroy();
      resolve();
    });
    socket.on("error", (error) => {
      reject(signal.aborted ? (signal.reason as Error) : new NotConnected(messageOf(error)));
    });
  });
}

/** Resolves when calls can be sent. Rejects with NotConnected, or with the reason of `signal`. */
export function reachByGrpc(client: Client, signal: AbortSignal): Promise<void> {
  const channel = client.getChannel();
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    const look = (): void => {
      if (signal.aborted) return;
      const state = channel.getConnectivityState(true);
      if (state === connectivityState.READY) resolve();
      else if (state === connectivityState.TRANSIENT_FAILURE) {
        void whyNot(client).then((why) => reject(new NotConnected(why)));
      } else channel.watchConnectivityState(state, Infinity, look);
    };
    look();
  });
}

/** A channel does not say why it has no connection, but a call on it that fails does. It asks for nothing. */
function whyNot(client: Client): Promise<string> {
  const { path, requestSerialize, responseDeserialize } = KVService.range;
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      RangeRequest.create({ key: Buffer.from([0]), limit: 1n, keysOnly: true }),
      new Metadata(),
      { deadline: Date.now() + reasonMsMax },
      (error) => {
        resolve(error === null ? "the connection was lost" : reasonIn(error.details));
      },
    );
  });
}

/** What the system or TLS said, in one line, out of what gRPC makes of it; all of it where that is worded in another way. */
function reasonIn(details: string): string {
  const line = details.replaceAll(/\s+/g, " ").trim();
  const match =
    /^No connection established\. Last error: (.*?)(?: \([^()]*Z\))?\. Resolution note:/.exec(line);
  return match?.[1]?.trim() ?? line;
}

/** Of a name with several addresses, Node says in the message of each what came of it, and nothing in that of all. */
function messageOf(error: Error): string {
  if (!(error instanceof AggregateError)) return error.message;
  return error.errors.map((each: Error) => each.message).join(", ");
}

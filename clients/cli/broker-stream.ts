// A stream of messages from the broker: opens a channel of its own, and turns failures into PortleaseError. Gives up on a
// broker that cannot be reached in time; once it is reached, the stream may last for ever.

import {
  Client,
  type ClientReadableStream,
  connectivityState,
  type MethodDefinition,
  type ServiceError,
} from "@grpc/grpc-js";
import { brokerAccess, toPortleaseError } from "@portlease/client";
import { formatDuration } from "../../src/server/config/duration.js";
import { accessOptionsOf, withAdminToken } from "./access-options.js";
import { type BrokerOptions, locatorOf, serverOf } from "./broker-options.js";
import { advisedFailure } from "./call-advice.js";
import { CliFailure } from "./cli-failure.js";
import { exitCodes } from "./exit-codes.js";

/** Ends when the broker ends the stream in order. Throws PortleaseError or CliFailure; CANCELLED when `signal` is aborted. */
export async function* brokerStream<Request, Response>(
  options: BrokerOptions,
  method: MethodDefinition<Request, Response>,
  request: Request,
  signal?: AbortSignal,
): AsyncGenerator<Response, void> {
  const { found: location } = locatorOf(options);
  const { address } = location;
  const { credentials, channelOptions, metadata } = brokerAccess(address, accessOptionsOf(options));
  const client = new Client(address, credentials, {
    "grpc.enable_http_proxy": 0,
    // What comes next is asked for by the caller, which knows where it was.
    "grpc.enable_retries": 0,
    ...channelOptions,
  });
  const stream: ClientReadableStream<Response> = client.makeServerStreamRequest(
    method.path,
    method.requestSerialize,
    method.responseDeserialize,
    request,
    withAdminToken(options, method.path, metadata(), address),
  );
  const cancel = (): void => stream.cancel();
  signal?.addEventListener("abort", cancel);
  if (signal?.aborted === true) cancel();
  let timedOut = false;
  const timer = setTimeout(() => {
    if (client.getChannel().getConnectivityState(false) === connectivityState.READY) return;
    timedOut = true;
    stream.cancel();
  }, options.timeout);
  try {
    for await (const message of stream as AsyncIterable<Response>) yield message;
  } catch (error) {
    if (timedOut) throw unreached(serverOf(options), address, options.timeout);
    const failure = toPortleaseError(error as ServiceError, address, serverOf(options));
    throw await advisedFailure(failure, { options, location, path: method.path });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", cancel);
    stream.cancel();
    client.close();
  }
}

function unreached(server: string, address: string, timeoutMs: number): CliFailure {
  return new CliFailure(
    exitCodes.unreachable,
    "DEADLINE_EXCEEDED",
    "BROKER_TIMEOUT",
    `the ${server} at ${address} was not reached within ${formatDuration(timeoutMs)}; ` +
      `try again, allow more with --timeout, or look at the ${server}'s log`,
  );
}

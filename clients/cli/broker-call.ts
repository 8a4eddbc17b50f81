// Unary calls to the broker: opens a channel, calls with a deadline, closes, and turns failures into what people can act on.

import {
  Client,
  type ClientOptions,
  status,
  type MethodDefinition,
  type ServiceError,
} from "@grpc/grpc-js";
import { brokerAccess, type BrokerLocation, toPortleaseError } from "@portlease/client";
import { formatDuration } from "../../src/server/config/duration.js";
import { accessOptionsOf, withAdminToken } from "./access-options.js";
import { type BrokerOptions, locatorOf, serverOf } from "./broker-options.js";
import { advisedFailure } from "./call-advice.js";
import { CliFailure } from "./cli-failure.js";
import { exitCodes } from "./exit-codes.js";
import { withProgress } from "./terminal/progress.js";

export interface BrokerCalls {
  /** `extraMs` is added to the deadline, for calls that may wait by themselves. Rejects with PortleaseError or CliFailure. */
  call<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    extraMs?: number,
  ): Promise<Response>;
}

/**
 * Runs `work` with a channel to the broker that the options name, and closes the channel afterwards. People are told when it takes
 * long, and that it is for `waitingFor`; by default for an answer.
 */
export function withBroker<T>(
  options: BrokerOptions,
  work: (broker: BrokerCalls) => Promise<T>,
  waitingFor?: string,
): Promise<T> {
  const { found } = locatorOf(options);
  const what = waitingFor ?? `an answer of the ${serverOf(options)} at ${found.address}`;
  return withProgress(what, () => onChannel(options, found, work));
}

/** The same without a word, for those that draw on the terminal themselves. */
export function withBrokerQuietly<T>(
  options: BrokerOptions,
  work: (broker: BrokerCalls) => Promise<T>,
): Promise<T> {
  return onChannel(options, locatorOf(options).found, work);
}

async function onChannel<T>(
  options: BrokerOptions,
  location: BrokerLocation,
  work: (broker: BrokerCalls) => Promise<T>,
): Promise<T> {
  const { address } = location;
  const { credentials, channelOptions, metadata } = brokerAccess(address, accessOptionsOf(options));
  const client = new Client(address, credentials, clientOptions(channelOptions));
  try {
    return await work({
      call: async (method, request, extraMs = 0) => {
        const timeoutMs = options.timeout + extraMs;
        const callMetadata = withAdminToken(options, method.path, metadata(), address);
        try {
          return await unary(client, method, request, [
            callMetadata,
            { deadline: Date.now() + timeoutMs },
          ]);
        } catch (error) {
          const failure = failureOf(error as ServiceError, options, address, timeoutMs);
          throw await advisedFailure(failure, { options, location, path: method.path });
        }
      },
    });
  } finally {
    client.close();
  }
}

function clientOptions(channelOptions: ClientOptions): ClientOptions {
  // The broker is on this host or near; a proxy of the environment could only get in the way.
  return { "grpc.enable_http_proxy": 0, ...channelOptions };
}

/** Rejects with ServiceError. */
function unary<Request, Response>(
  client: Client,
  method: MethodDefinition<Request, Response>,
  request: Request,
  [metadata, callOptions]: readonly [
    ReturnType<typeof withAdminToken>,
    { readonly deadline: number },
  ],
): Promise<Response> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      metadata,
      callOptions,
      (error, response) => {
        if (error !== null) reject(error);
        // Never seen: gRPC calls back with one of the two.
        else if (response === undefined) reject(new Error("no answer and no error"));
        else resolve(response);
      },
    );
  });
}

/** gRPC's own words for a deadline do not say what to do. */
function failureOf(
  error: ServiceError,
  options: BrokerOptions,
  address: string,
  timeoutMs: number,
): Error {
  const failure = toPortleaseError(error, address, serverOf(options));
  if (error.code !== status.DEADLINE_EXCEEDED || failure.reason !== "") return failure;
  return unanswered(serverOf(options), address, timeoutMs, failure);
}

export function unanswered(
  server: string,
  address: string,
  timeoutMs: number,
  cause?: unknown,
): CliFailure {
  const message =
    `the ${server} at ${address} did not answer within ${formatDuration(timeoutMs)}; ` +
    `try again, allow more with --timeout, or look at the ${server}'s log`;
  return new CliFailure(
    exitCodes.unreachable,
    "DEADLINE_EXCEEDED",
    "BROKER_TIMEOUT",
    message,
    cause,
  );
}

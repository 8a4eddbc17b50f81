// Unary calls to the broker: opens a channel, calls with a deadline, closes, and turns failures into PortleaseError.

import { Client, status, type MethodDefinition, type ServiceError } from "@grpc/grpc-js";
import { brokerAccess, toPortleaseError } from "@portlease/client";
import { formatDuration } from "../../src/server/config/duration.js";
import { accessOptionsOf, withAdminToken } from "./access-options.js";
import { addressOf, type BrokerOptions } from "./broker-options.js";
import { CliFailure } from "./cli-failure.js";
import { exitCodes } from "./exit-codes.js";

export interface BrokerCalls {
  /** `extraMs` is added to the deadline, for calls that may wait by themselves. Rejects with PortleaseError. */
  call<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    extraMs?: number,
  ): Promise<Response>;
}

/** Runs `work` with a channel to the broker that the options name, and closes the channel afterwards. */
export async function withBroker<T>(
  options: BrokerOptions,
  work: (broker: BrokerCalls) => Promise<T>,
): Promise<T> {
  const address = addressOf(options);
  const { credentials, channelOptions, metadata } = brokerAccess(address, accessOptionsOf(options));
  const client = new Client(address, credentials, {
    // The broker is on this host or near; a proxy of the environment could only get in the way.
    "grpc.enable_http_proxy": 0,
    ...channelOptions,
  });
  try {
    return await work({
      call: (method, request, extraMs = 0) =>
        new Promise((resolve, reject) => {
          const timeoutMs = options.timeout + extraMs;
          client.makeUnaryRequest(
            method.path,
            method.requestSerialize,
            method.responseDeserialize,
            request,
            withAdminToken(method.path, metadata(), address),
            { deadline: Date.now() + timeoutMs },
            (error, response) => {
              if (error !== null) reject(failureOf(error, address, timeoutMs));
              // Never seen: gRPC calls back with one of the two.
              else if (response === undefined) reject(new Error("no answer and no error"));
              else resolve(response);
            },
          );
        }),
    });
  } finally {
    client.close();
  }
}

/** gRPC's own words for a deadline do not say what to do. */
function failureOf(error: ServiceError, address: string, timeoutMs: number): Error {
  const failure = toPortleaseError(error, address);
  if (error.code !== status.DEADLINE_EXCEEDED || failure.reason !== "") return failure;
  const message =
    `the broker at ${address} did not answer within ${formatDuration(timeoutMs)}; ` +
    "try again, allow more with --timeout, or look at the broker's log";
  return new CliFailure(exitCodes.unreachable, failure.code, "BROKER_TIMEOUT", message, failure);
}

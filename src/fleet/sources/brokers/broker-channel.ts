// A connection to one broker of the list: calls with a time limit, and streams that are known to be alive.

import {
  type CallOptions,
  Client,
  type ClientReadableStream,
  type MethodDefinition,
  type ServiceError,
} from "@grpc/grpc-js";
import {
  brokerAccess,
  type BrokerAccess,
  type BrokerAccessOptions,
  PortleaseError,
  toPortleaseError,
} from "@portlease/client";
import type { BrokerTarget } from "./broker-target.js";

/** For a broker to answer at first, also over a slow line. */
const answerWithinMs = 10_000;
/** A connection that carries nothing is asked for a sign of life, and is gone without one: cables are pulled without a word. */
const keepaliveOptions = { "grpc.keepalive_time_ms": 10_000, "grpc.keepalive_timeout_ms": 5_000 };

export class BrokerChannel {
  readonly #address: string;
  readonly #access: BrokerAccess;
  readonly #client: Client;

  /**
   * Connects when it is first called. Throws PortleaseError OPTION_INVALID: files that cannot be read, or a token that would go to
   * another host in clear text.
   */
  constructor(target: BrokerTarget) {
    const { address } = target;
    this.#address = address;
    // Nothing of this process's environment: it is about the broker of its own host.
    this.#access = brokerAccess(address, accessOptions(target), {});
    this.#client = new Client(address, this.#access.credentials, {
      "grpc.enable_http_proxy": 0,
      // Whoever calls goes on where it was, by itself.
      "grpc.enable_retries": 0,
      // Else a connection to the same address with other certificates would be shared.
      "grpc.use_local_subchannel_pool": 1,
      ...keepaliveOptions,
      ...this.#access.channelOptions,
    });
  }

  /** Rejects with PortleaseError; CANCELLED when the signal is aborted. */
  call<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    signal: AbortSignal,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      const { path, requestSerialize, responseDeserialize } = method;
      const options: CallOptions = { deadline: Date.now() + answerWithinMs };
      const cancel = (): void => call.cancel();
      const call = this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        this.#access.metadata(),
        options,
        (error, response) => {
          signal.removeEventListener("abort", cancel);
          if (error !== null) reject(toPortleaseError(error, this.#address));
          else if (response !== undefined) resolve(response);
        },
      );
      signal.addEventListener("abort", cancel, { once: true });
      if (signal.aborted) cancel();
    });
  }

  /**
   * Ends when the broker ends it, and with PortleaseError when it fails, when nothing comes for `silentMsMax`, or when the signal is
   * aborted.
   */
  async *stream<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    { silentMsMax, signal }: { readonly silentMsMax: number; readonly signal: AbortSignal },
  ): AsyncGenerator<Response, void> {
    const stream: ClientReadableStream<Response> = this.#client.makeServerStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      this.#access.metadata(),
    );
    let silent = false;
    const cancel = (): void => stream.cancel();
    const timer = setTimeout(() => {
      silent = true;
      cancel();
    }, silentMsMax);
    signal.addEventListener("abort", cancel, { once: true });
    if (signal.aborted) cancel();
    try {
      for await (const message of stream as AsyncIterable<Response>) {
        timer.refresh();
        yield message;
      }
    } catch (error) {
      throw silent
        ? wentSilent(this.#address, silentMsMax)
        : toPortleaseError(error as ServiceError, this.#address);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", cancel);
      cancel();
    }
  }

  /** Abort what is under way before. */
  close(): void {
    this.#client.close();
  }
}

function accessOptions({
  tokenFile,
  caFile,
  certFile,
  keyFile,
}: BrokerTarget): BrokerAccessOptions {
  const tls = {
    ...(caFile === null ? {} : { caFile }),
    ...(certFile === null ? {} : { certFile }),
    ...(keyFile === null ? {} : { keyFile }),
  };
  return {
    ...(tokenFile === null ? {} : { tokenFile }),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
  };
}

function wentSilent(address: string, silentMsMax: number): PortleaseError {
  return new PortleaseError(
    "UNAVAILABLE",
    `the broker at ${address} said nothing for ${silentMsMax / 1_000} s. Look at its host and at the network between.`,
    { reason: "BROKER_TIMEOUT", metadata: { address } },
  );
}

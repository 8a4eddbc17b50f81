// A call that has one answer, as a promise: unary ones, and the stream of KeepAlive with one message each way. Whom it is sent to,
// and whether it is sent again, is the business of etcd-calls.ts.

import {
  type Client,
  type ClientDuplexStream,
  type Metadata,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import type { Answer } from "./etcd-failure.js";

/** As ts-proto describes one. */
export interface Method<Request, Response> {
  readonly path: string;
  readonly requestStream: boolean;
  readonly requestSerialize: (request: Request) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Response;
}

/** The answer was no success. */
export class CallFailed extends Error {
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(answer.details);
    this.answer = answer;
  }
}

interface Cancellable {
  cancel(): void;
}

/** Rejects with CallFailed; with the reason of `signal` when that is aborted, which cancels the call. */
export function oneAnswer<Request, Response>(
  client: Client,
  method: Method<Request, Response>,
  request: Request,
  metadata: Metadata,
  signal: AbortSignal,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error);
      return;
    }
    let call: Cancellable | null = null;
    const onAbort = (): void => {
      reject(signal.reason as Error);
      call?.cancel();
    };
    signal.addEventListener("abort", onAbort, { once: true });
    // A stream may call it more than once: the first one decides.
    const settle = (failure: Answer | null, response: Response | undefined): void => {
      signal.removeEventListener("abort", onAbort);
      if (failure === null && response !== undefined) resolve(response);
      else reject(new CallFailed(failure ?? noMessage));
    };
    call = method.requestStream
      ? streamed(client, method, request, metadata, settle)
      : client.makeUnaryRequest(
          method.path,
          method.requestSerialize,
          method.responseDeserialize,
          request,
          metadata,
          settle,
        );
  });
}

/** Of a stream that ends well, but too soon. */
const noMessage: Answer = { code: status.UNAVAILABLE, details: "it ended the stream" };

function streamed<Request, Response>(
  client: Client,
  method: Method<Request, Response>,
  request: Request,
  metadata: Metadata,
  settle: (failure: Answer | null, response: Response | undefined) => void,
): ClientDuplexStream<Request, Response> {
  const stream = client.makeBidiStreamRequest(
    method.path,
    method.requestSerialize,
    method.responseDeserialize,
    metadata,
  );
  stream.on("data", (response: Response) => settle(null, response));
  stream.on("error", (error: ServiceError) => settle(error, undefined));
  // Comes after all messages, and after an error.
  stream.on("end", () => settle(noMessage, undefined));
  stream.write(request);
  stream.end();
  return stream;
}

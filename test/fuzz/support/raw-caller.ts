// Calls any unary method with a message in the loader's form, and says how it ended.

import {
  Client,
  credentials,
  type Metadata,
  type MethodDefinition,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { type RpcFailure, toRpcFailure } from "../../support/rpc-failure.js";

export type RawMethod = MethodDefinition<object, object>;

export type RawOutcome =
  | { readonly response: object; readonly failure: null }
  | { readonly response: null; readonly failure: RpcFailure };

export class RawCaller {
  readonly #client: Client;

  constructor(address: string) {
    const options = { "grpc.use_local_subchannel_pool": 1, "grpc.enable_retries": 0 };
    this.#client = new Client(address, credentials.createInsecure(), options);
  }

  /** `deadlineMs`: from now. */
  call(
    method: RawMethod,
    message: object,
    metadata: Metadata,
    deadlineMs: number,
  ): Promise<RawOutcome> {
    const options = { deadline: Date.now() + deadlineMs };
    const { path, requestSerialize, responseDeserialize } = method;
    return new Promise((resolve) => {
      const done = (error: ServiceError | null, response?: object): void => {
        if (error === null) resolve({ response: response ?? {}, failure: null });
        else resolve({ response: null, failure: toRpcFailure(error) });
      };
      this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        message,
        metadata,
        options,
        done,
      );
    });
  }

  close(): void {
    this.#client.close();
  }
}

/** What no call may end with: a fault of the broker, told as one. What the operating system refused has a reason. */
export function isFault({ code, reason }: RpcFailure): boolean {
  const faults = [status.UNKNOWN, status.INTERNAL, status.DATA_LOSS, status.UNAVAILABLE];
  return faults.includes(code) && !(code === status.INTERNAL && reason === "OS_ERROR");
}

/** Of these the transport itself tells without any details. */
export function needsReason({ code }: RpcFailure): boolean {
  const ofTransport = [status.CANCELLED, status.DEADLINE_EXCEEDED, status.RESOURCE_EXHAUSTED];
  return !ofTransport.includes(code);
}

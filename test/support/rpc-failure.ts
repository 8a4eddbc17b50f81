// A failed RPC as a program would read it: the gRPC code, the published reason, and the standard details by their type.

import assert from "node:assert/strict";
import { status as grpcStatus, type ServiceError } from "@grpc/grpc-js";
import {
  BadRequest,
  ErrorInfo,
  PreconditionFailure,
  QuotaFailure,
  ResourceInfo,
  RetryInfo,
} from "@portlease/proto/google/rpc/error_details.js";
import { Status } from "@portlease/proto/google/rpc/status.js";

/** Decoded details by short name; those that were not sent are absent. */
export interface RpcDetails {
  readonly errorInfo?: ErrorInfo;
  readonly badRequest?: BadRequest;
  readonly quotaFailure?: QuotaFailure;
  readonly preconditionFailure?: PreconditionFailure;
  readonly resourceInfo?: ResourceInfo;
  readonly retryInfo?: RetryInfo;
}

export class RpcFailure extends Error {
  readonly code: grpcStatus;
  readonly details: RpcDetails;
  /** The sentence for people, without the code that grpc-js puts in front. */
  readonly text: string;

  constructor(code: grpcStatus, text: string, details: RpcDetails) {
    super(`${grpcStatus[code]} ${details.errorInfo?.reason ?? "(no reason)"}: ${text}`);
    this.name = "RpcFailure";
    this.code = code;
    this.text = text;
    this.details = details;
  }

  /** The published reason; "" for a failure that did not come from the broker's core. */
  get reason(): string {
    return this.details.errorInfo?.reason ?? "";
  }

  get codeName(): string {
    return grpcStatus[this.code];
  }
}

export function toRpcFailure({ code, details, metadata }: ServiceError): RpcFailure {
  const [packed] = metadata?.get("grpc-status-details-bin") ?? [];
  if (!Buffer.isBuffer(packed)) return new RpcFailure(code, details, {});
  const rpcStatus = Status.decode(packed);
  assert.equal(rpcStatus.code, code, "the status in the details has the code of the call");
  assert.equal(rpcStatus.message, details, "the status in the details has the message of the call");
  return failureOfStatus(rpcStatus);
}

/** For errors that come as messages, such as those of a session. */
export function failureOfStatus({ code, message, details }: Status): RpcFailure {
  const decoded: { -readonly [Key in keyof RpcDetails]: RpcDetails[Key] } = {};
  for (const { typeUrl, value } of details) {
    switch (typeUrl) {
      case "type.googleapis.com/google.rpc.ErrorInfo":
        decoded.errorInfo = ErrorInfo.decode(value);
        break;
      case "type.googleapis.com/google.rpc.BadRequest":
        decoded.badRequest = BadRequest.decode(value);
        break;
      case "type.googleapis.com/google.rpc.QuotaFailure":
        decoded.quotaFailure = QuotaFailure.decode(value);
        break;
      case "type.googleapis.com/google.rpc.PreconditionFailure":
        decoded.preconditionFailure = PreconditionFailure.decode(value);
        break;
      case "type.googleapis.com/google.rpc.ResourceInfo":
        decoded.resourceInfo = ResourceInfo.decode(value);
        break;
      case "type.googleapis.com/google.rpc.RetryInfo":
        decoded.retryInfo = RetryInfo.decode(value);
        break;
      default:
        assert.fail(`a detail of unknown type ${typeUrl}`);
    }
  }
  return new RpcFailure(code, message, decoded);
}

/** The failure of a call that must fail. */
export async function failureOf(call: Promise<unknown>): Promise<RpcFailure> {
  try {
    await call;
  } catch (error) {
    if (error instanceof RpcFailure) return error;
    throw error;
  }
  return assert.fail("the call succeeded; a failure was expected");
}

// Turns an error into what goes over the wire: a google.rpc.Status with the standard details, for unary calls in the
// trailer "grpc-status-details-bin", on a session as a message. What the operating system refused keeps its text and numbers;
// unknown errors become INTERNAL with a fixed text.

import { Metadata, status } from "@grpc/grpc-js";
import type { Any } from "@portlease/proto/google/protobuf/any.js";
import {
  BadRequest,
  ErrorInfo,
  PreconditionFailure,
  QuotaFailure,
  ResourceInfo,
  RetryInfo,
} from "@portlease/proto/google/rpc/error_details.js";
import { Status } from "@portlease/proto/google/rpc/status.js";
import { BrokerError } from "../domain/errors.js";
import { toBrokerError } from "../native-failure.js";
import { toDuration } from "./time.js";
import { statusOf } from "./status.js";

export const errorDomain = "portlease";

/**
 * Trailers of more than 8 KiB are refused by many clients, which then tell of nothing but that:
 * https://grpc.github.io/grpc/core/group__grpc__arg__keys.html (grpc.max_metadata_size). The text stands in them several times.
 */
const statusBytesMax = 3_072;
const shortTextMax = 512;

/** What grpc-js sends as the end of a failed call. */
export interface WireError {
  readonly code: status;
  readonly details: string;
  readonly metadata: Metadata;
}

export function toRpcStatus(thrown: unknown): Status {
  const error = knownError(thrown);
  if (error === null) return internalStatus;
  // Callers' words are in it, cut at a length: half of a surrogate pair would make grpc-js throw where nobody can catch it.
  const message = error.message.toWellFormed();
  return { code: statusOf[error.code], message, details: detailsOf(error) };
}

export function toWireError(error: unknown): WireError {
  const whole = toRpcStatus(error);
  const known = knownError(error);
  const tooLong = Status.encode(whole).finish().length > statusBytesMax;
  const rpcStatus = tooLong && known !== null ? toRpcStatus(shortened(known)) : whole;
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(Status.encode(rpcStatus).finish()));
  return { code: rpcStatus.code, details: rpcStatus.message, metadata };
}

/** The reason that an error made by `toWireError` carries; `null` for others. */
export function reasonOf({ metadata }: { readonly metadata?: Metadata }): string | null {
  const [bytes] = metadata?.get("grpc-status-details-bin") ?? [];
  if (!Buffer.isBuffer(bytes)) return null;
  const [info] = Status.decode(bytes).details;
  return info === undefined ? null : ErrorInfo.decode(info.value).reason;
}

/** Code and reason stay; lists of everything there is, such as all pools, are cut. */
function shortened({ code, message, details }: BrokerError): BrokerError {
  const cut = (text: string): string =>
    text.length > shortTextMax ? `${text.slice(0, shortTextMax).toWellFormed()}…` : text;
  const metadata = Object.fromEntries(
    Object.entries(details.metadata ?? {}).map(([key, value]) => [key, cut(value)]),
  );
  return new BrokerError(code, cut(message), { ...details, metadata });
}

/** True for errors that mean a fault in the server or in the operating system's part, to be logged with their cause. */
export function isInternal(error: unknown): boolean {
  const known = knownError(error);
  return known === null || statusOf[known.code] === status.INTERNAL;
}

function knownError(error: unknown): BrokerError | null {
  return error instanceof BrokerError ? error : toBrokerError(error);
}

function detailsOf(error: BrokerError): Any[] {
  const { metadata = {}, field, subject, retryAfterMs } = error.details;
  const code = statusOf[error.code];
  const details = [
    pack(
      "ErrorInfo",
      ErrorInfo.encode({
        reason: error.code.toUpperCase(),
        domain: errorDomain,
        metadata: { ...metadata },
      }),
    ),
  ];
  const description = error.message;
  if (field !== undefined) {
    details.push(
      pack("BadRequest", BadRequest.encode({ fieldViolations: [{ field, description }] })),
    );
  }
  if (subject !== undefined && code === status.RESOURCE_EXHAUSTED) {
    details.push(
      pack("QuotaFailure", QuotaFailure.encode({ violations: [{ subject, description }] })),
    );
  }
  if (subject !== undefined && code === status.FAILED_PRECONDITION) {
    const violations = [{ type: error.code.toUpperCase(), subject, description }];
    details.push(pack("PreconditionFailure", PreconditionFailure.encode({ violations })));
  }
  if (subject !== undefined && code === status.NOT_FOUND) {
    const [resourceType = "", resourceName = ""] = subject.split(":", 2);
    details.push(
      pack(
        "ResourceInfo",
        ResourceInfo.encode({ resourceType, resourceName, owner: "", description }),
      ),
    );
  }
  if (retryAfterMs !== undefined) {
    details.push(pack("RetryInfo", RetryInfo.encode({ retryDelay: toDuration(retryAfterMs) })));
  }
  return details;
}

function pack(type: string, writer: { finish(): Uint8Array }): Any {
  return { typeUrl: `type.googleapis.com/google.rpc.${type}`, value: Buffer.from(writer.finish()) };
}

const internalStatus: Status = {
  code: status.INTERNAL,
  message: "the server failed to handle this call; its log says why",
  details: [
    pack("ErrorInfo", ErrorInfo.encode({ reason: "INTERNAL", domain: errorDomain, metadata: {} })),
  ],
};

// What went wrong as the Connect protocol tells it: the same code, text and details as over gRPC, as JSON.
// https://connectrpc.com/docs/protocol#error-end-stream

import { type Metadata, status, type StatusObject } from "@grpc/grpc-js";
import { fromBinary, type Registry, toJson } from "@bufbuild/protobuf";
import { Status } from "@portlease/proto/google/rpc/status.js";

interface ConnectCode {
  readonly name: string;
  readonly httpStatus: number;
}

/** https://connectrpc.com/docs/protocol#error-codes */
const codes: Readonly<Partial<Record<number, ConnectCode>>> = {
  [status.CANCELLED]: { name: "canceled", httpStatus: 499 },
  [status.UNKNOWN]: { name: "unknown", httpStatus: 500 },
  [status.INVALID_ARGUMENT]: { name: "invalid_argument", httpStatus: 400 },
  [status.DEADLINE_EXCEEDED]: { name: "deadline_exceeded", httpStatus: 504 },
  [status.NOT_FOUND]: { name: "not_found", httpStatus: 404 },
  [status.ALREADY_EXISTS]: { name: "already_exists", httpStatus: 409 },
  [status.PERMISSION_DENIED]: { name: "permission_denied", httpStatus: 403 },
  [status.RESOURCE_EXHAUSTED]: { name: "resource_exhausted", httpStatus: 429 },
  [status.FAILED_PRECONDITION]: { name: "failed_precondition", httpStatus: 400 },
  [status.ABORTED]: { name: "aborted", httpStatus: 409 },
  [status.OUT_OF_RANGE]: { name: "out_of_range", httpStatus: 400 },
  [status.UNIMPLEMENTED]: { name: "unimplemented", httpStatus: 501 },
  [status.INTERNAL]: { name: "internal", httpStatus: 500 },
  [status.UNAVAILABLE]: { name: "unavailable", httpStatus: 503 },
  [status.DATA_LOSS]: { name: "data_loss", httpStatus: 500 },
  [status.UNAUTHENTICATED]: { name: "unauthenticated", httpStatus: 401 },
};
const unknownCode: ConnectCode = { name: "unknown", httpStatus: 500 };

export interface ConnectError {
  readonly httpStatus: number;
  readonly json: string;
}

/** `error` as handlers of grpc-js give it. */
export function connectErrorOf(error: Partial<StatusObject>, registry: Registry): ConnectError {
  const { name, httpStatus } = codes[error.code ?? status.UNKNOWN] ?? unknownCode;
  const details = detailsIn(error.metadata).map(({ typeUrl, value }) => {
    const type = typeUrl.slice(typeUrl.lastIndexOf("/") + 1);
    const schema = registry.getMessage(type);
    const debug = schema && toJson(schema, fromBinary(schema, value), { registry });
    // Without padding, as the protocol has it.
    return { type, value: value.toString("base64").replace(/=+$/, ""), ...(debug && { debug }) };
  });
  const whole = { code: name, message: error.details ?? "" };
  return { httpStatus, json: JSON.stringify(details.length === 0 ? whole : { ...whole, details }) };
}

function detailsIn(metadata: Metadata | undefined): Status["details"] {
  const [bytes] = metadata?.get("grpc-status-details-bin") ?? [];
  return Buffer.isBuffer(bytes) ? Status.decode(bytes).details : [];
}

// The published error table: code of the core -> gRPC status. The ErrorInfo reason is the code in upper case.

import { status } from "@grpc/grpc-js";
import type { BrokerErrorCode } from "../domain/errors.js";

export const statusOf: Readonly<Record<BrokerErrorCode, status>> = {
  field_invalid: status.INVALID_ARGUMENT,
  ttl_out_of_range: status.INVALID_ARGUMENT,
  port_count_out_of_range: status.INVALID_ARGUMENT,
  port_out_of_range: status.INVALID_ARGUMENT,
  page_token_invalid: status.INVALID_ARGUMENT,
  pool_not_found: status.NOT_FOUND,
  protocol_not_in_pool: status.FAILED_PRECONDITION,
  pool_full: status.RESOURCE_EXHAUSTED,
  no_contiguous_run: status.RESOURCE_EXHAUSTED,
  port_leased: status.FAILED_PRECONDITION,
  port_in_quarantine: status.FAILED_PRECONDITION,
  port_in_use: status.FAILED_PRECONDITION,
  lease_not_found: status.NOT_FOUND,
  block_not_found: status.NOT_FOUND,
  block_has_leases: status.FAILED_PRECONDITION,
  block_not_ambiguous: status.FAILED_PRECONDITION,
  block_ambiguous: status.FAILED_PRECONDITION,
  block_leaving: status.FAILED_PRECONDITION,
  block_overlaps: status.FAILED_PRECONDITION,
  lease_ended: status.FAILED_PRECONDITION,
  holder_key_mismatch: status.PERMISSION_DENIED,
  request_id_reused: status.ALREADY_EXISTS,
  store_unavailable: status.UNAVAILABLE,
  stopping: status.UNAVAILABLE,
  reader_too_slow: status.RESOURCE_EXHAUSTED,
  cancelled: status.CANCELLED,
  not_available: status.UNIMPLEMENTED,
};

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
  lease_ended: status.FAILED_PRECONDITION,
  holder_key_mismatch: status.PERMISSION_DENIED,
  request_id_reused: status.ALREADY_EXISTS,
  store_unavailable: status.UNAVAILABLE,
  stopping: status.UNAVAILABLE,
  reader_too_slow: status.RESOURCE_EXHAUSTED,
  cancelled: status.CANCELLED,
  not_available: status.UNIMPLEMENTED,
  broker_not_elevated: status.FAILED_PRECONDITION,
  wrong_user: status.FAILED_PRECONDITION,
  range_invalid: status.INVALID_ARGUMENT,
  no_free_range: status.RESOURCE_EXHAUSTED,
  reservation_gone: status.FAILED_PRECONDITION,
  reservation_not_found: status.NOT_FOUND,
  unsupported_by_host: status.FAILED_PRECONDITION,
  network_unavailable: status.UNAVAILABLE,
  os_resources_exhausted: status.RESOURCE_EXHAUSTED,
  os_error: status.INTERNAL,
};

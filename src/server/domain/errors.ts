// Everything that can go wrong in the core, as one error class with a closed set of codes.
// Codes become the published ErrorInfo reasons (upper case), so they never change; grpc/status.ts maps them to gRPC statuses.

export const brokerErrorCodes = [
  /** A field of the request is out of its documented range; `field` names it. */
  "field_invalid",
  "ttl_out_of_range",
  "port_count_out_of_range",
  /** The preferred port is no port of the pool. */
  "port_out_of_range",
  "page_token_invalid",
  "pool_not_found",
  "protocol_not_in_pool",
  /** No port is free. */
  "pool_full",
  /** Ports are free, but not as many in a row. */
  "no_contiguous_run",
  /** Too many requests wait already. */
  "line_full",
  "port_leased",
  "port_in_quarantine",
  /** Somebody without a lease is bound to the port. */
  "port_in_use",
  /** No block of the pool has the port. */
  "port_not_in_pool",
  /** The pool keeps the port for another service. */
  "port_pinned",
  /** The service has as many ports of the pool as it may have. */
  "quota_exceeded",
  /** Operators have set as many pins or quotas of the pool as they may. */
  "too_many_adjustments",
  /** Unknown, or ended. */
  "lease_not_found",
  "block_not_found",
  /** No host of the fleet has the id. */
  "host_not_found",
  /** Only hosts that are not heard from are forgotten. */
  "host_is_heard_from",
  /** The fleet server's hosts are a list of addresses: there are no others, and none of them can be forgotten. */
  "hosts_are_given",
  /** Live leases are in the block. */
  "block_has_leases",
  /** Adopting and forgetting are for ambiguous blocks only. */
  "block_not_ambiguous",
  /** An ambiguous block: it must be adopted, forgotten or removed first. */
  "block_ambiguous",
  /** The block is being given back to the operating system. */
  "block_leaving",
  /** The ports asked for belong to a block of this broker already. */
  "block_overlaps",
  /** A repeated request_id whose lease has ended. */
  "lease_ended",
  "holder_key_mismatch",
  /** The caller named another process than the one it is. */
  "not_your_process",
  /** The caller's process is in another network namespace than the broker. */
  "wrong_namespace",
  /** Nothing says who calls. */
  "token_missing",
  /** Unknown, replaced, or another broker's. */
  "token_invalid",
  /** Known, and not allowed to do this. */
  "role_missing",
  /** More calls than one connection may make. */
  "rate_limited",
  /** What an operator does could not be written down, so it was not done. */
  "audit_log_unavailable",
  /** No process of this host that could be given a socket. */
  "process_not_found",
  /** Unknown, or of a lease that has ended. */
  "transfer_not_found",
  /** A socket of this port is on its way to its holder with another address. */
  "transfer_pending",
  /** The operating system shows the port bound, so that it cannot be bound once more for its holder. */
  "already_bound",
  /** The ports of this block are bound by their holders, not by the broker. */
  "handoff_not_offered",
  /** The request_id was used with a different request. */
  "request_id_reused",
  /** The store cannot write; nothing was granted or lost. */
  "store_unavailable",
  /** The fleet server's etcd did not do what was asked. */
  "etcd_unavailable",
  "stopping",
  /** A stream was ended because its reader fell too far behind. */
  "reader_too_slow",
  /** As many watches are open as the broker serves at once. */
  "too_many_watchers",
  /** The changes asked for are older than the kept history. */
  "revision_compacted",
  /** The revision asked for is one that this broker has not reached. */
  "revision_ahead",
  "cancelled",
  // What the operating system refused; native-failure.ts says from which codes of the native layer they come.
  "broker_not_elevated",
  /** Held ports are shared between processes of one user only. */
  "wrong_user",
  "range_invalid",
  /** No free run of ports exists on the host. */
  "no_free_range",
  /** A reservation that the broker counted on is not there any more. */
  "reservation_gone",
  "reservation_not_found",
  "unsupported_by_host",
  "network_unavailable",
  "os_resources_exhausted",
  /** Any other failure of the operating system; api and number say which. */
  "os_error",
] as const;

export type BrokerErrorCode = (typeof brokerErrorCodes)[number];

export interface BrokerErrorDetails {
  /** Every value that the message names, for programs. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** The path of the wrong field, such as "ttl". */
  readonly field?: string;
  /** What the error is about, such as "pool:default" or "port:20417". */
  readonly subject?: string;
  /** After this time a retry may succeed. */
  readonly retryAfterMs?: number;
  /** It stays so, though most errors of this code pass with time. */
  readonly lasting?: boolean;
  readonly cause?: unknown;
}

/** `message` says what happened, why, and what to do. */
export class BrokerError extends Error {
  readonly code: BrokerErrorCode;
  readonly details: BrokerErrorDetails;

  constructor(code: BrokerErrorCode, message: string, details: BrokerErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "BrokerError";
    this.code = code;
    this.details = details;
  }
}

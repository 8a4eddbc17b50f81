// Which refusals time may mend, so that waiting helps, and what requests are told that wait in line, or would have to.

import { BrokerError } from "./errors.js";

/** Of the service, whatever the pool has. */
const quotaCode: string = "quota_exceeded";
const portsMissing: ReadonlySet<string> = new Set(["pool_full", "no_contiguous_run"]);
/** Leases end, ports rest, blocks come. */
const passing: ReadonlySet<string> = new Set([
  ...portsMissing,
  "port_leased",
  "port_in_quarantine",
  quotaCode,
]);

/** Whether it helps to wait. */
export function mayPass(error: unknown): boolean {
  return error instanceof BrokerError && passing.has(error.code) && error.details.lasting !== true;
}

/** Whether the pool has too few ports. */
export function isPortsMissing(error: unknown): boolean {
  return error instanceof BrokerError && portsMissing.has(error.code);
}

/** Whether free ports would not help. */
export function isOfQuota(error: unknown): boolean {
  return error instanceof BrokerError && error.code === quotaCode;
}

export function lineFull(waitersMax: number): BrokerError {
  return new BrokerError(
    "line_full",
    `${waitersMax} requests wait in line already, which is as many as this broker lets wait; ` +
      "ask again later, or enlarge the pools",
    { subject: "line", metadata: { waiters_max: String(waitersMax) }, retryAfterMs: 1_000 },
  );
}

/** `forMs`: for so long at most. */
export function portsKept(pool: string, forMs: number): BrokerError {
  return new BrokerError(
    "pool_full",
    `pool "${pool}" keeps the ports that are free for a request that waits for several in a row; ` +
      "wait in line with max_wait, ask again soon, or enlarge the pool",
    { subject: `pool:${pool}`, metadata: { pool }, retryAfterMs: forMs },
  );
}

/** The same refusal, for one who waited before getting it. */
export function withWaited(error: unknown, waitedMs: number): unknown {
  if (!(error instanceof BrokerError)) return error;
  const shown = String(Math.round(waitedMs));
  return new BrokerError(error.code, `${error.message} (after ${shown} ms in line)`, {
    ...error.details,
    metadata: { ...error.details.metadata, waited_ms: shown },
  });
}

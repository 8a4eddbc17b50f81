// What requests are told that wait in line, or would have to.

import { BrokerError } from "./errors.js";

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
export function withWaited(error: BrokerError, waitedMs: number): BrokerError {
  const shown = String(Math.round(waitedMs));
  return new BrokerError(error.code, `${error.message} (after ${shown} ms in line)`, {
    ...error.details,
    metadata: { ...error.details.metadata, waited_ms: shown },
  });
}

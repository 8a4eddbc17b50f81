// What is told to people: on stderr, since an application that knows nothing of leases cannot be told otherwise.

import type { Log } from "../log.js";

/** Says one line. */
export type Say = (message: string) => void;

export const sayOnStderr: Say = (message) => void process.stderr.write(`portlease: ${message}\n`);

/** The client's log as far as people need it: warnings, and once that the broker is waited for. */
export function logSaying(say: Say): Log {
  let waiting = false;
  return (level, message, fields) => {
    if (level === "warn") {
      const details = Object.entries(fields).map(([name, value]) => `${name} ${value}`);
      say(details.length === 0 ? message : `${message} (${details.join(", ")})`);
    } else if (level === "info" && fields["retryInMs"] !== undefined && !waiting) {
      waiting = true;
      say(`${message} (${String(fields["message"] ?? fields["reason"] ?? "")})`);
    }
  };
}

// Ends the process for a lost lease: `onLost: "exit"`. For services that a service manager starts again, with another port.

import { writeSync } from "node:fs";
import type { LeaseLost } from "./lease-events.js";

/**
 * What the process exits with: EX_TEMPFAIL of sysexits.h, "the user is invited to retry". It is no code of Node's own.
 * https://man7.org/linux/man-pages/man3/sysexits.h.3head.html and https://nodejs.org/api/process.html#exit-codes
 */
export const lostExitCode = 75;

const stderr = 2;

/**
 * Says on stderr, in one line, which port is lost and why; lets `releaseAll`, which never rejects, give all other leases back; exits.
 * Listeners of the event `lost` have run by then. In a worker thread that thread ends, not the process.
 * Not by `process.exitCode`: open connections would keep a process for as long as they like that has no port any more.
 */
export async function exitOnLoss(
  { leaseId, port }: { readonly leaseId: string; readonly port: number },
  { reason, message }: LeaseLost,
  releaseAll: () => Promise<void>,
): Promise<void> {
  const why = message.replaceAll(/\s+/g, " ");
  say(
    `portlease: lost port ${port} (lease ${leaseId}, ${reason}): ${why}; exiting with ${lostExitCode}\n`,
  );
  await releaseAll();
  // The listeners of `lost` are called before the next turn of the event loop.
  setImmediate(() => process.exit(lostExitCode));
}

/** At once, since the process is about to end. */
function say(line: string): void {
  try {
    writeSync(stderr, line);
  } catch {
    // Nobody reads it any more, or not fast enough: no reason to stay.
  }
}

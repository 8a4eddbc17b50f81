// The client of `portlease run`: how it reaches the broker, and what it tells the user.

import type { LeaseClientOptions } from "@portlease/client";
import { openLesseeSockets } from "@portlease/native";
import { accessOptionsOf } from "../access-options.js";
import { givenAddress } from "../broker-options.js";
import { withoutWord } from "../cli-failure.js";
import type { Output } from "../output.js";
import type { RunOptions } from "./run-options.js";

/** Even "do not wait" leaves the broker this long to answer. */
const waitBrokerMsMin = 1_000;

/**
 * What the client has to say goes to stderr; that the broker is away is said once. Throws NativeError UNSUPPORTED, and CliFailure for a
 * wrong PORTLEASE_ADDRESS.
 */
export function runClientOptions(options: RunOptions, output: Output): LeaseClientOptions {
  let waiting = false;
  const address = givenAddress(options);
  // First of all: on a platform without them nothing needs to be leased.
  const sockets = openLesseeSockets();
  return {
    sockets: () => sockets,
    ...accessOptionsOf(options),
    // Where nobody says it, the client follows the broker.
    ...(address === undefined ? {} : { address }),
    acquireTimeoutMs: Math.max(options.waitBroker, waitBrokerMsMin),
    // The program decides when to end; the lease ends after it.
    releaseOnSignals: false,
    log: (level, message, fields) => {
      const details = Object.entries(fields).map(([key, value]) => `${key} ${value}`);
      const text = details.length === 0 ? message : `${message} (${details.join(", ")})`;
      if (level === "warn") output.note(text);
      else if (level === "info" && !waiting && fields["retryInMs"] !== undefined) {
        waiting = true;
        output.note(`waiting for the broker: ${withoutWord(String(fields["message"] ?? ""))}`);
      }
    },
  };
}

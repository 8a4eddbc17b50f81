// Asks a person before something is done that cannot be undone. Where nobody can answer, it is not done.

import { createInterface } from "node:readline/promises";
import { CliFailure } from "./cli-failure.js";
import { exitCodes } from "./exit-codes.js";

/**
 * Resolves when the answer is yes. `question` begins in lower case and has no question mark: "revoke these 3 leases".
 * Throws CliFailure NOT_CONFIRMED for any other answer, and where there is no terminal to ask on.
 */
export async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw notConfirmed("nothing was done: nobody can be asked here; run it again with --yes");
  }
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    // Ctrl+C and Ctrl+D are no yes.
    const closed = new Promise<string>((resolve) => {
      asking.once("close", () => resolve(""));
      asking.once("SIGINT", () => asking.close());
    });
    const answer = await Promise.race([asking.question(`${question}? [y/N] `), closed]);
    if (!/^y(?:es)?$/i.test(answer.trim())) throw notConfirmed("nothing was done");
  } finally {
    asking.close();
  }
}

function notConfirmed(message: string): CliFailure {
  return new CliFailure(exitCodes.refused, "FAILED_PRECONDITION", "NOT_CONFIRMED", message);
}

// What "portlease __complete" prints for the scripts of the shells: a line for each candidate, its description behind a tab, and at the
// end ":candidates", ":files" or ":nothing". Never fails: a completion that goes wrong is none.

import type { Command } from "commander";
import { printable } from "../../../src/server/printable.js";
import type { BrokerOptions } from "../broker-options.js";
import { brokerSources } from "./broker-sources.js";
import { fleetSources } from "./fleet-sources.js";
import { complete, type Sources } from "./candidates.js";
import { readCommandLine } from "./command-line.js";

/** `current` is the part of the word before the cursor, `words` those before it, without the program's name. */
export async function completionLines(
  program: Command,
  words: readonly string[],
  current: string,
  sources: Sources = sourcesFor(words),
): Promise<readonly string[]> {
  const completion = await complete(readCommandLine(program, words, current), current, sources);
  if (completion.kind !== "candidates") return [`:${completion.kind}`];
  return [
    ...completion.candidates
      // What would fake another line is not worth completing.
      .filter(({ text }) => printable(text) === text)
      .map(({ text, description }) => `${text}\t${printable(description)}`),
    ":candidates",
  ];
}

/** Those of the server that the command asks. */
function sourcesFor(words: readonly string[]): Sources {
  const connection = connectionOf(words);
  return words[0] === "fleet" ? fleetSources(connection) : brokerSources(connection);
}

const connectionOptions = {
  "--address": "address",
  "--token-file": "tokenFile",
  "--ca-file": "caFile",
  "--cert-file": "certFile",
  "--key-file": "keyFile",
} as const;

/** What the command line that is being written says of the broker; the last of each counts. */
function connectionOf(words: readonly string[]): Partial<BrokerOptions> {
  const found: Partial<Record<(typeof connectionOptions)[keyof typeof connectionOptions], string>> =
    {};
  for (const [index, word] of words.entries()) {
    for (const [flag, name] of Object.entries(connectionOptions)) {
      const value =
        word === flag
          ? words[index + 1]
          : word.startsWith(`${flag}=`)
            ? word.slice(flag.length + 1)
            : undefined;
      if (value !== undefined) found[name] = value;
    }
  }
  return found;
}

// Where the CLI writes: answers to stdout, everything else to stderr. With --json there is exactly one JSON document on
// stdout for each invocation, also when it fails.

import { printable } from "../../src/server/printable.js";
import type { CliFailure } from "./cli-failure.js";
import { control } from "./terminal/control.js";
import { displayOf, type Display } from "./terminal/display.js";

export interface Output {
  /** A line of the answer. */
  line(text: string): void;
  /** The answer as one JSON document. */
  json(document: unknown): void;
  /** The same on one line, for programs that read line by line. */
  compactJson(document: unknown): void;
  /** The answer as text that ends its lines itself. */
  text(text: string): void;
  /** A line for people that is no part of the answer. */
  note(text: string): void;
  /** What answers are shown on, as it is now. */
  display(): Display;
}

export const processOutput: Output = {
  line: (text) => void process.stdout.write(`${text}\n`),
  json: (document) => void process.stdout.write(`${JSON.stringify(document, null, 2)}\n`),
  compactJson: (document) => void process.stdout.write(`${JSON.stringify(document)}\n`),
  text: (text) => void process.stdout.write(text),
  note: (text) => void process.stderr.write(`${overProgress()}portlease: ${text}\n`),
  display: () => displayOf(process.stdout, process.env),
};

/** Progress may be shown on the line where a note goes: terminal/progress.ts. */
function overProgress(): string {
  return displayOf(process.stderr, process.env).terminal ? control.clearLine : "";
}

/** One readable line on stderr; with `json` the same as a document on stdout. */
export function tellFailure(output: Output, failure: CliFailure, json: boolean): void {
  const { code, reason, message } = failure;
  if (json) output.json({ error: { code, reason, message } });
  const word = reason === "" || message.includes(reason) ? "" : ` [${reason}]`;
  const [first = "", ...more] = message.split("\n").map(printable);
  output.note([first + word, ...more].join("\n"));
}

/** A pipe without a reader, and a terminal that hung up: https://man7.org/linux/man-pages/man2/write.2.html */
const readerGone: ReadonlySet<string> = new Set(["EPIPE", "EIO"]);

/**
 * A reader that goes away, such as head(1), is no failure. `leave`: there is nobody left to tell, so the process ends;
 * else it goes on with its work, as a broker must whose log nobody reads any more.
 */
export function endureBrokenPipes(leave: boolean): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (!readerGone.has(error.code ?? "")) throw error;
      if (leave) process.exit();
    });
  }
}

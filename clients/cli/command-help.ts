// What --help of a command has besides its options: which role it needs, examples, and how it can exit.

import type { Command } from "commander";
import { exitCodeMeanings, exitCodes, type ExitCode } from "./exit-codes.js";

export interface CommandHelp {
  /** The role that the broker asks for (docs/security.md); `null`: it calls no broker. */
  readonly role: "viewer" | "holder" | "admin" | "holder or viewer" | null;
  /** Command lines that can be copied, without the program's name, and what each is for. */
  readonly examples: readonly (readonly [words: string, what: string])[];
  /** Besides those that every command has; of commands that call a broker, besides those of each call. */
  readonly exits?: readonly ExitCode[];
  /** Further paragraphs. */
  readonly more?: string;
}

const ofAll: readonly ExitCode[] = [exitCodes.ok, exitCodes.failure, exitCodes.usage];
const ofCalls: readonly ExitCode[] = [...ofAll, exitCodes.unreachable, exitCodes.denied];

/** Returns the command. */
export function withHelp(command: Command, help: CommandHelp): Command {
  return command.addHelpText("after", () => helpText(help));
}

function helpText({ role, examples, exits = [], more = "" }: CommandHelp): string {
  const codes = [...new Set([...(role === null ? ofAll : ofCalls), ...exits])].toSorted(
    (a, b) => a - b,
  );
  const width = Math.max(...examples.map(([words]) => words.length));
  return [
    ...(more === "" ? [] : ["", more]),
    ...(role === null
      ? []
      : ["", `Needs the role ${role}; where no role is asked for, see docs/security.md.`]),
    "",
    "Examples:",
    ...examples.map(([words, what]) => `  portlease ${words.padEnd(width)}   ${what}`),
    "",
    "Exit codes:",
    ...codes.map((code) => `  ${String(code).padEnd(4)} ${exitCodeMeanings[code] ?? ""}`),
  ].join("\n");
}

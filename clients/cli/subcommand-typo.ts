// "portlease quota sett": what is meant. Where a command means a subcommand when none is named, commander takes a mistyped one for an
// argument too many, and has no advice.

import { type Command, CommanderError } from "commander";
import { closest, distance } from "fastest-levenshtein";
import { type CliFailure, usageFailure } from "./cli-failure.js";

/** More changed letters than that are another word; as commander has it for commands. */
const distanceMax = 3;

/** The failure that says so; `null` when it is something else that went wrong. */
export function subcommandTypo(
  program: Command,
  words: readonly string[],
  error: unknown,
): CliFailure | null {
  if (!(error instanceof CommanderError) || error.code !== "commander.excessArguments") return null;
  const [name = "", given = ""] = words;
  const command = program.commands.find((each) => each.name() === name);
  if (command === undefined || command.commands.length === 0 || given.startsWith("-")) return null;
  const names = command.commands.map((each) => each.name());
  const near = closest(given, names);
  const hint =
    distance(given, near) <= distanceMax
      ? ` (Did you mean ${near}?)`
      : `; there are: ${names.join(", ")}`;
  return usageFailure(`unknown command '${name} ${given}'${hint}`);
}

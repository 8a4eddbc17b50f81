// Which command a command line names, as far as it can be told when the line itself is wrong: whose --help to point at.

import type { Command } from "commander";

/** "portlease quota set" of ["quota", "set", "orders"]; "portlease" when no word names a command. */
export function commandNamed(program: Command, words: readonly string[]): string {
  const path = [program.name()];
  let command: Command | undefined = program;
  for (const word of words) {
    command = command.commands.find((each) => each.name() === word);
    if (command === undefined) break;
    path.push(word);
  }
  return path.join(" ");
}

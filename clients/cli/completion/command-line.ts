// Reads a half-written command line by commander's own tree of commands: where it stands, and what may come next. Knows no shell
// and asks no broker.

import type { Argument, Command, Option } from "commander";

/** What the word under the cursor is. */
export type Expected =
  /** Of `command`: a subcommand, an option, or an argument of this kind. */
  | {
      readonly kind: "word";
      readonly command: Command;
      readonly argument: Argument | null;
      readonly before: readonly string[];
    }
  /** The value of an option; `given` is what stands before the cursor, `prefix` what of the word comes before the value. */
  | {
      readonly kind: "value";
      readonly command: Command;
      readonly option: Option;
      readonly given: string;
      readonly prefix: string;
    }
  /** Something that is not portlease's: what comes after "run COMMAND" or "--". */
  | { readonly kind: "foreign" };

/** `words` are those before the cursor's, without the program's name; `current` is the part of the word before the cursor. */
export function readCommandLine(
  program: Command,
  words: readonly string[],
  current: string,
): Expected {
  let command = program;
  const before: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    if (word === "--") return { kind: "foreign" };
    const option = optionOf(command, word);
    if (option !== null) {
      if (!takesNextWord(option, word)) continue;
      if (index === words.length - 1)
        return { kind: "value", command, option, given: current, prefix: "" };
      index += 1;
      continue;
    }
    if (word.startsWith("-") && word !== "-") continue;
    const next = before.length === 0 ? subcommandOf(command, word) : null;
    if (next === null) before.push(word);
    else command = next;
    // The words of a program are its own.
    if (command.name() === "run" && before.length > 0) return { kind: "foreign" };
  }
  return wordOf(command, before, current);
}

function wordOf(command: Command, before: readonly string[], current: string): Expected {
  const [, flag = "", given = ""] = /^(--[^=]+=)(.*)$/s.exec(current) ?? [];
  const option = flag === "" ? null : optionOf(command, flag.slice(0, -1));
  if (option !== null) return { kind: "value", command, option, given, prefix: flag };
  const { registeredArguments } = commandOf(command);
  const last = registeredArguments.at(-1);
  const argument = registeredArguments[before.length] ?? (last?.variadic === true ? last : null);
  return { kind: "word", command, argument, before };
}

/** The commands whose options and arguments count where `command` stands alone: it, and what it means without a subcommand. */
export function commandOf(command: Command): Command {
  return defaultOf(command) ?? command;
}

/** All options that may be given here. */
export function optionsOf(command: Command): readonly Option[] {
  const own = command.createHelp().visibleOptions(command);
  const ofDefault = defaultOf(command);
  if (ofDefault === null) return own;
  const known = new Set(own.map(({ long }) => long));
  const more = ofDefault.createHelp().visibleOptions(ofDefault);
  return [...own, ...more.filter(({ long }) => !known.has(long))];
}

function optionOf(command: Command, word: string): Option | null {
  const name = word.split("=", 1)[0] ?? "";
  return optionsOf(command).find(({ short, long }) => name === short || name === long) ?? null;
}

function takesNextWord(option: Option, word: string): boolean {
  return option.required && !word.includes("=");
}

function subcommandOf(command: Command, name: string): Command | null {
  return (
    command.commands.find((each) => each.name() === name || each.aliases().includes(name)) ?? null
  );
}

/** Commander keeps the name of the subcommand that is meant when none is given, but in a field that its types do not have. */
function defaultOf(command: Command): Command | null {
  const name: unknown = Reflect.get(command, "_defaultCommandName");
  return typeof name === "string" ? subcommandOf(command, name) : null;
}

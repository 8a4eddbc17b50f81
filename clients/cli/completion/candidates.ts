// What may stand at the cursor of a half-written command line, with descriptions. What only the broker knows is asked of `sources`.

import type { Command } from "commander";
import { commandOf, type Expected, optionsOf } from "./command-line.js";

export interface Candidate {
  readonly text: string;
  /** One line; "" for none. */
  readonly description: string;
}

/** What to complete with. */
export type Completion =
  /** These. */
  | { readonly kind: "candidates"; readonly candidates: readonly Candidate[] }
  /** Files, as the shell does by itself. */
  | { readonly kind: "files" }
  | { readonly kind: "nothing" };

/** What a broker knows, or a fleet server. */
export type Subject = "pools" | "leases" | "blocks" | "services" | "hosts";

export interface Sources {
  /** Never rejects: without an answer there is nothing. */
  find(subject: Subject): Promise<readonly Candidate[]>;
}

/** Options and arguments whose values the server knows, by their names. */
const subjects: Readonly<Record<string, Subject>> = {
  "--pool": "pools",
  "--service": "services",
  "--lease": "leases",
  "--host": "hosts",
  pool: "pools",
  lease: "leases",
  leases: "leases",
  block: "blocks",
  service: "services",
  host: "hosts",
};

const placeholdersOfFiles: ReadonlySet<string> = new Set(["path", "file", "command"]);

export async function complete(
  expected: Expected,
  current: string,
  sources: Sources,
): Promise<Completion> {
  switch (expected.kind) {
    case "foreign":
      return { kind: "files" };
    case "value":
      return ofValue(expected, sources);
    case "word":
      return current.startsWith("-")
        ? choose(optionCandidates(expected.command), current)
        : ofArgument(expected, current, sources);
  }
}

async function ofValue(
  expected: Expected & { kind: "value" },
  sources: Sources,
): Promise<Completion> {
  const { option, command, given, prefix } = expected;
  const { argChoices = [], long = "", flags } = option;
  const withPrefix = (all: readonly Candidate[]): readonly Candidate[] =>
    all.map(({ text, description }) => ({ text: `${prefix}${text}`, description }));
  if (argChoices.length > 0) {
    return choose(
      withPrefix(argChoices.map((text) => ({ text, description: "" }))),
      prefix + given,
    );
  }
  const subject = subjects[long ?? ""];
  // "run --lease" names a port, and no lease that there is.
  if (subject !== undefined && command.name() !== "run" && command.name() !== "serve") {
    return choose(withPrefix(await sources.find(subject)), prefix + given);
  }
  const placeholder = /<([^>]+)>/.exec(flags)?.[1] ?? "";
  return { kind: placeholdersOfFiles.has(placeholder) ? "files" : "nothing" };
}

async function ofArgument(
  { command, argument, before }: Expected & { kind: "word" },
  current: string,
  sources: Sources,
): Promise<Completion> {
  const subcommands = before.length > 0 ? [] : commandCandidates(command);
  const name = argument?.name() ?? "";
  const choices = (argument?.argChoices ?? []).map((text) => ({ text, description: "" }));
  if (placeholdersOfFiles.has(name)) return { kind: "files" };
  const subject = subjects[name];
  const known = subject === undefined ? [] : await sources.find(subject);
  // Each only once.
  const further = [...choices, ...known].filter(({ text }) => !before.includes(text));
  const all = [...subcommands, ...further];
  if (all.length > 0 || argument !== null) return choose(all, current);
  // After a word that is no subcommand nothing can be right.
  if (command.commands.length > 0) return { kind: "nothing" };
  // Nothing but options can follow.
  return choose(optionCandidates(command), current);
}

function commandCandidates(command: Command): readonly Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((each) => ({ text: each.name(), description: each.description() }));
}

function optionCandidates(command: Command): readonly Candidate[] {
  return [command, commandOf(command)]
    .flatMap(optionsOf)
    .filter((option, index, all) => all.findIndex(({ long }) => long === option.long) === index)
    .map(({ long, short, description }) => ({ text: long ?? short ?? "", description }));
}

function choose(candidates: readonly Candidate[], current: string): Completion {
  const fitting = candidates.filter(({ text }) => text.startsWith(current));
  return fitting.length === 0 ? { kind: "nothing" } : { kind: "candidates", candidates: fitting };
}

// The command line as a whole: which commands there are, and what --help says. What each command does is in commands/.

import { Command } from "commander";
import { version } from "../../src/server/version.js";
import { exitCodesHelp } from "./exit-codes.js";
import type { Output } from "./output.js";
import type { SetExitCode } from "./serving.js";

type AddCommand = (program: Command, output: Output, setExitCode: SetExitCode) => void;

/** In the order of --help. */
const commands: readonly (readonly [name: string, load: () => Promise<AddCommand>])[] = [
  ["serve", async () => (await import("./commands/serve.js")).addServe],
  ["status", async () => (await import("./commands/status.js")).addStatus],
  ["top", async () => (await import("./commands/top.js")).addTop],
  ["acquire", async () => (await import("./commands/acquire.js")).addAcquire],
  ["renew", async () => (await import("./commands/renew.js")).addRenew],
  ["release", async () => (await import("./commands/release.js")).addRelease],
  ["ls", async () => (await import("./commands/ls.js")).addLs],
  ["get", async () => (await import("./commands/get.js")).addGet],
  ["watch", async () => (await import("./commands/watch.js")).addWatch],
  ["history", async () => (await import("./commands/history.js")).addHistory],
  ["run", async () => (await import("./commands/run.js")).addRun],
  ["usage", async () => (await import("./commands/usage.js")).addUsage],
  ["pools", async () => (await import("./commands/pools.js")).addPools],
  ["blocks", async () => (await import("./commands/blocks.js")).addBlocks],
  ["drain", async () => (await import("./commands/drain.js")).addDrain],
  ["revoke", async () => (await import("./commands/revoke.js")).addRevoke],
  ["pins", async () => (await import("./commands/pins.js")).addPins],
  ["quota", async () => (await import("./commands/quota.js")).addQuota],
  ["config", async () => (await import("./commands/config.js")).addConfig],
  ["uninstall", async () => (await import("./commands/uninstall.js")).addUninstall],
  ["explain", async () => (await import("./commands/explain.js")).addExplain],
  ["audit", async () => (await import("./commands/audit.js")).addAudit],
  ["fleet", async () => (await import("./commands/fleet.js")).addFleet],
  ["doctor", async () => (await import("./commands/doctor.js")).addDoctor],
  ["store", async () => (await import("./commands/store-commands.js")).addStore],
  ["completion", async () => (await import("./commands/completion.js")).addCompletion],
];

/**
 * Parsing throws CommanderError instead of leaving the process; --help and --version do so too, with exit code 0. Where the first of the
 * `words` of the command line names a command, it is the only one that is loaded: all of them take longer to load than most
 * take to run.
 */
export async function buildProgram(
  output: Output,
  setExitCode: SetExitCode,
  words: readonly string[] = [],
): Promise<Command> {
  const program = new Command("portlease")
    .description(
      "Leases network ports of this host that the broker has reserved with the operating system.",
    )
    .version(version)
    .exitOverride()
    // "run" passes everything after its own options on to the command.
    .enablePositionalOptions()
    // The failure is told once, by main.ts.
    .configureOutput({ outputError: () => undefined })
    .addHelpText("after", exitCodesHelp);
  const loads = neededFor(words[0]).map(([, load]) => load());
  for (const add of await Promise.all(loads)) add(program, output, setExitCode);
  return program;
}

function neededFor(word: string | undefined): typeof commands {
  if (word === "--version" || word === "-V") return [];
  const named = commands.filter(([name]) => name === word);
  return named.length === 0 ? commands : named;
}

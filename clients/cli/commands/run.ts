// portlease run: the command line of it. What it does is run-leased.ts.

import { Option, type Command } from "commander";
import { addConnectionOptions } from "../broker-options.js";
import type { Output } from "../output.js";
import { posixLauncher } from "../run/posix-launcher.js";
import type { RunOptions } from "../run/run-leased.js";
import {
  duration,
  portNumber,
  positiveDuration,
  variableName,
  wholeNumber,
} from "../value-parsers.js";
import { windowsLauncher } from "../run/windows-launcher.js";
import type { SetExitCode } from "./serve.js";

export function addRun(program: Command, output: Output, setExitCode: SetExitCode): void {
  const command = program
    .command("run")
    .description("lease ports for a program and pass it the listening sockets")
    .argument("<command>", "the program to start")
    .argument("[args...]", "its arguments")
    .passThroughOptions()
    .option("--service <name>", "which service it is (default: the program's name)")
    .option("--instance <name>", "which instance of the service")
    .option("--pool <name>", "the pool (default: default)")
    .option("--count <n>", "how many consecutive ports", wholeNumber(1, 65_535), 1)
    .option("--port <n>", "the first port wanted", portNumber)
    .option("--must", "fail when --port cannot be had, instead of leasing another")
    .option("--ttl <time>", "time to live, such as 30s (default: the pool's)", positiveDuration)
    .option(
      "--bind-within <time>",
      "take it back when nobody binds it in this time",
      positiveDuration,
    )
    .option("--max-wait <time>", "wait in line this long while the pool is full", duration)
    .option("--bind <ip>", "the address to listen on (default: all)")
    .option("--env <name>", "one more variable for the port; may be repeated", variableName)
    .addOption(
      new Option("--on-lost <action>", "when the lease is lost: end the program, or only say so")
        .choices(["exit", "ignore"])
        .default("ignore"),
    )
    .addOption(
      new Option("--wait-broker <time>", "wait this long for a broker that is not up yet")
        .argParser(duration)
        .default(60_000, "60s"),
    );
  addConnectionOptions(command)
    .addHelpText("after", runHelp)
    .action(async (name: string, args: readonly string[], options: RunOptions) => {
      // Loaded here: the other commands do without the client.
      const { runLeased } = await import("../run/run-leased.js");
      const launcher = process.platform === "win32" ? windowsLauncher : posixLauncher;
      setExitCode(await runLeased({ name, args }, options, launcher, output));
    });
}

const runHelp = `
The program takes its sockets from descriptor 3 on, one per port, listening already, as under systemd (LISTEN_FDS,
LISTEN_PID, LISTEN_FDNAMES). It also gets PORT, PORTLEASE_PORT, PORTLEASE_PORTS, PORTLEASE_LEASE_ID,
PORTLEASE_GENERATION and PORTLEASE_ADDRESS, but not the holder key. Signals are passed on to it.

On Windows programs get no sockets: the program binds its port by itself, which takes a pool of kind administered; for
other pools it must use a client library. Programs are .exe and .com files. Ctrl+C reaches the program from the console;
a program that is to end because its lease is lost is ended at once.

A lease is lost when the broker cannot be reached in time or an operator takes it back. By default that is only said:
a port that somebody is bound to is never leased again. With "--on-lost exit" the program gets SIGTERM, and SIGKILL
10 s later.

Exits with the program's exit code, or 128 + n when signal n ended it; 127 when there is no such command, 126 when it
cannot be executed, 125 when portlease itself fails or "--on-lost exit" ended the program.`;

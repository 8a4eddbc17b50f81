// portlease top: the host as it is at each moment, on the whole screen, until the person leaves.

import { Option, type Command } from "commander";
import { addBrokerOptions } from "../broker-options.js";
import { withHelp } from "../command-help.js";
import type { Output } from "../output.js";
import { sortKeys } from "../top/lease-rows.js";
import { everyDefaultMs, topInterval, type TopOptions } from "../top/top-options.js";
import type { SetExitCode } from "./serve.js";

export function addTop(program: Command, output: Output, setExitCode: SetExitCode): void {
  const command = program
    .command("top")
    .description("show pools, leases, problems and events live, on the whole screen")
    .option("--once", "print how it is now, and end; so does a pipe")
    .addOption(
      new Option("--sort <key>", "the order of the leases at first")
        .choices(sortKeys)
        .default("time-left"),
    )
    .addOption(
      new Option("--every <time>", "how often it is brought up to date")
        .argParser(topInterval)
        .default(everyDefaultMs, "1s"),
    );
  withHelp(addBrokerOptions(command), {
    role: "viewer",
    examples: [
      ["top", "the live view; ? says what the keys do, q leaves"],
      ["top --sort service", "the leases by service"],
      ["top --once", "the same, printed once"],
      ["top --json", "for programs, one document"],
    ],
    more: "Ctrl+C and signals exit with 128 + n, as shells have it.",
  }).action((options: TopOptions) => top(options, output, setExitCode));
}

async function top(options: TopOptions, output: Output, setExitCode: SetExitCode): Promise<void> {
  const isLive = output.display().terminal && options.once !== true && options.json !== true;
  // Loaded here: no other command needs it.
  if (!isLive) return (await import("../top/top-once.js")).topOnce(options, output);
  const { runTop } = await import("../top/run-top.js");
  setExitCode(await runTop(options));
}

// The command line as a whole: which commands there are, and what --help says. What each command does is in commands/.

import { Command } from "commander";
import { version } from "../../src/server/version.js";
import { addAcquire } from "./commands/acquire.js";
import { addAudit } from "./commands/audit.js";
import { addBlocks } from "./commands/blocks.js";
import { addDoctor } from "./commands/doctor.js";
import { addExplain } from "./commands/explain.js";
import { addGet } from "./commands/get.js";
import { addHistory } from "./commands/history.js";
import { addLs } from "./commands/ls.js";
import { addRelease } from "./commands/release.js";
import { addRenew } from "./commands/renew.js";
import { addRun } from "./commands/run.js";
import { addFleet } from "./commands/fleet.js";
import { addServe, type SetExitCode } from "./commands/serve.js";
import { addStore } from "./commands/store-commands.js";
import { addUninstall } from "./commands/uninstall.js";
import { addWatch } from "./commands/watch.js";
import { addCompletion } from "./commands/completion.js";
import { addConfig } from "./commands/config.js";
import { addDrain } from "./commands/drain.js";
import { addPins } from "./commands/pins.js";
import { addPools } from "./commands/pools.js";
import { addQuota } from "./commands/quota.js";
import { addRevoke } from "./commands/revoke.js";
import { addStatus } from "./commands/status.js";
import { addTop } from "./commands/top.js";
import { addUsage } from "./commands/usage.js";
import { exitCodesHelp } from "./exit-codes.js";
import type { Output } from "./output.js";

/** Parsing throws CommanderError instead of leaving the process; --help and --version do so too, with exit code 0. */
export function buildProgram(output: Output, setExitCode: SetExitCode): Command {
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
  addServe(program, output, setExitCode);
  addStatus(program, output);
  addTop(program, output, setExitCode);
  addAcquire(program, output);
  addRenew(program, output);
  addRelease(program, output);
  addLs(program, output);
  addGet(program, output);
  addWatch(program, output);
  addHistory(program, output);
  addRun(program, output, setExitCode);
  addUsage(program, output);
  addPools(program, output);
  addBlocks(program, output);
  addDrain(program, output);
  addRevoke(program, output, setExitCode);
  addPins(program, output);
  addQuota(program, output);
  addConfig(program, output);
  addUninstall(program, output, setExitCode);
  addExplain(program, output);
  addAudit(program, output, setExitCode);
  addFleet(program, output, setExitCode);
  addDoctor(program, output, setExitCode);
  addStore(program, output, setExitCode);
  addCompletion(program, output);
  return program;
}

// portlease uninstall: with the broker stopped, gives back what outlives it and deletes its data; says what it did, and what is
// left to do by hand.

import { spawnSync } from "node:child_process";
import { win32 } from "node:path";
import type { Command } from "commander";
import type { Installation } from "../../../src/server/uninstall/open-installation.js";
import { withHelp } from "../command-help.js";
import type { UninstalledBlock } from "../../../src/server/uninstall/uninstall.js";
import { CliFailure, usageFailure } from "../cli-failure.js";
import { exitCodes } from "../exit-codes.js";
import type { Output } from "../output.js";
import type { SetExitCode } from "./serve.js";

interface UninstallOptions {
  readonly yes?: boolean;
  readonly dataDir?: string;
  readonly config?: string;
  readonly keepData?: boolean;
  readonly includeAmbiguous?: boolean;
  readonly service?: string;
  readonly json?: boolean;
}

/** What was done, for --json. */
interface Report {
  readonly dataDirectory: string;
  readonly blocks: readonly { readonly blockId: string; readonly outcome: string }[];
  readonly dataDeleted: boolean;
  readonly leftInDirectory: readonly string[];
}

export function addUninstall(program: Command, output: Output, setExitCode: SetExitCode): void {
  const command = program
    .command("uninstall")
    .description(
      "give back what outlives the broker, and delete its data; the broker must be stopped",
    )
    .option("--yes", "do it; without it, only say what would be done")
    .option("--data-dir <path>", "the broker's data directory (default: that of the configuration)")
    .option("--config <path>", "configuration file that names the data directory")
    .option("--keep-data", "leave the data directory as it is")
    .option("--include-ambiguous", "remove reservations too that may be somebody else's")
    .option("--service <name>", "delete this Windows service too")
    .option("--json", "print one JSON document");
  withHelp(command, {
    role: null,
    examples: [
      ["uninstall", "only says what would be done"],
      ["uninstall --yes", "gives everything back"],
    ],
    exits: [exitCodes.refused],
  }).action(async (options: UninstallOptions) => {
    setExitCode(await uninstall(options, output));
  });
}

async function uninstall(options: UninstallOptions, output: Output): Promise<number> {
  if (options.service !== undefined && process.platform !== "win32") {
    throw usageFailure(
      "--service is for services of Windows; elsewhere remove the unit, such as with " +
        '"systemctl disable --now portlease"',
    );
  }
  const directory = options.dataDir ?? (await configuredDirectory(options));
  const installation = await open(directory);
  if (installation === null) {
    return tellNothingThere(directory, options, output);
  }
  try {
    if (options.yes !== true) throw await notConfirmed(installation, directory, output);
    return await remove(installation, directory, options, output);
  } finally {
    await installation.close();
  }
}

async function remove(
  installation: Installation,
  directory: string,
  options: UninstallOptions,
  output: Output,
): Promise<number> {
  const { isGone } = await import("../../../src/server/uninstall/uninstall.js");
  const blocks = await installation.removeRecorded(options.includeAmbiguous ?? false);
  const kept = blocks.filter(({ outcome }) => !isGone(outcome));
  const deletes = kept.length === 0 && options.keepData !== true;
  const left = deletes ? await installation.deleteData() : [];
  const serviceRemoved = removeService(options.service, options, output);
  const report: Report = {
    dataDirectory: directory,
    blocks: blocks.map(({ record, outcome }) => ({
      blockId: record.blockId,
      outcome: outcome.state,
    })),
    dataDeleted: deletes,
    leftInDirectory: left,
  };
  if (options.json) output.json(report);
  else for (const line of await reportLines(report, blocks, options)) output.line(line);
  return kept.length === 0 && serviceRemoved ? exitCodes.ok : exitCodes.failure;
}

async function open(directory: string): Promise<Installation | null> {
  const { openInstallation } = await import("../../../src/server/uninstall/open-installation.js");
  try {
    return await openInstallation(directory);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (!(error instanceof Error) || code !== "DATA_DIRECTORY_IN_USE") throw error;
    const message = `the broker still runs: stop it first (${error.message})`;
    throw new CliFailure(exitCodes.refused, "FAILED_PRECONDITION", code, message, error);
  }
}

async function configuredDirectory({ config }: UninstallOptions): Promise<string> {
  const [{ loadConfig }, { thisWorld }] = await Promise.all([
    import("../../../src/server/config/load-config.js"),
    import("../../../src/server/config/config-world.js"),
  ]);
  const flags = { configFile: config ?? null, values: {} };
  return loadConfig(flags, thisWorld()).config.dataDirectory;
}

function tellNothingThere(directory: string, options: UninstallOptions, output: Output): number {
  const report: Report = {
    dataDirectory: directory,
    blocks: [],
    dataDeleted: false,
    leftInDirectory: [],
  };
  const serviceRemoved = options.yes !== true || removeService(options.service, options, output);
  if (options.json) output.json(report);
  else output.line(`there is no broker's data in ${directory}: nothing to remove`);
  return serviceRemoved ? exitCodes.ok : exitCodes.failure;
}

async function notConfirmed(
  { records }: Installation,
  directory: string,
  output: Output,
): Promise<CliFailure> {
  const { formatPortRange } = await import("../../../src/server/domain/port-range.js");
  output.note(`this would give back ${records.length} blocks and delete ${directory}:`);
  for (const { blockId, kind, ports } of records) {
    output.note(`  ${blockId} (${kind}, ports ${formatPortRange(ports)})`);
  }
  const message = "nothing was done yet: run it again with --yes";
  return new CliFailure(exitCodes.refused, "FAILED_PRECONDITION", "NOT_CONFIRMED", message);
}

async function reportLines(
  report: Report,
  blocks: readonly UninstalledBlock[],
  options: UninstallOptions,
): Promise<readonly string[]> {
  const lines = (await Promise.all(blocks.map(blockLines))).flat();
  if (report.dataDeleted && report.leftInDirectory.length === 0) {
    lines.push(`deleted ${report.dataDirectory}`);
  } else if (report.dataDeleted) {
    const names = report.leftInDirectory.join(", ");
    lines.push(
      `deleted the data in ${report.dataDirectory}; left there, as not the broker's: ${names}`,
    );
  } else {
    lines.push(`kept the data in ${report.dataDirectory}`);
  }
  if (options.service === undefined) lines.push(serviceAdvice());
  return lines;
}

async function blockLines({ record, outcome }: UninstalledBlock): Promise<readonly string[]> {
  const { formatPortRange } = await import("../../../src/server/domain/port-range.js");
  const { cleanUpByHand } = await import("../../../src/server/uninstall/clean-up-by-hand.js");
  const what = `${record.blockId} (${record.kind}, ports ${formatPortRange(record.ports)})`;
  const byHand = cleanUpByHand(record, process.platform).map((command) => `  by hand: ${command}`);
  switch (outcome.state) {
    case "removed":
      return [`removed ${what}`];
    case "absent":
      return [`nothing left of ${what}`];
    case "ambiguous":
      return [
        `kept ${what}: it is ambiguous and may be somebody else's; --include-ambiguous removes it`,
        ...byHand,
      ];
    case "failed":
      return [`COULD NOT REMOVE ${what}: ${outcome.reason}`, ...byHand];
  }
}

function serviceAdvice(): string {
  return process.platform === "win32"
    ? 'a Windows service is removed with "sc.exe delete portlease", or with --service portlease'
    : 'a systemd unit is removed with "systemctl disable --now portlease" and its file';
}

/** https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/sc-delete; true when there is nothing to do. */
function removeService(
  name: string | undefined,
  { json }: UninstallOptions,
  output: Output,
): boolean {
  if (name === undefined) return true;
  // By its path: a bare name is looked for in the current folder first, where anybody may have put one for an administrator.
  const command = win32.join(process.env["SystemRoot"] ?? "C:\\Windows", "System32", "sc.exe");
  const { status, stdout, error } = spawnSync(command, ["delete", name], { encoding: "utf8" });
  if (status === 0) {
    if (json !== true) output.line(`deleted the service ${name}`);
    return true;
  }
  const why = error?.message ?? (stdout.trim() || `exit code ${status}`);
  output.note(
    `the service ${name} could not be deleted: ${why}; run "sc.exe delete ${name}" as administrator`,
  );
  return false;
}

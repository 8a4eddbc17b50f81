// portlease store import: makes the data directory of a broker from an export.

import { readFileSync, statSync } from "node:fs";
import type { Command } from "commander";
import { CliFailure } from "../cli-failure.js";
import { withHelp } from "../command-help.js";
import { exitCodes } from "../exit-codes.js";
import type { Output } from "../output.js";
import { formatPairs } from "../table.js";
import { withNotice } from "../terminal/progress.js";
import type { StoreImport } from "../../../src/server/store/import.js";
import { type StoreOptions, storeDirectory, withStoreOptions } from "./store-directory.js";
import { storeFailure } from "./store-failure.js";

interface StoreImportOptions extends StoreOptions {
  readonly force?: boolean;
}

/** A thousand bytes for each of some hundred thousand records; more is not an export of ours. */
const fileBytesMax = 256 * 1_024 * 1_024;

export function addStoreImport(store: Command, output: Output): void {
  const command = withStoreOptions(store.command("import <file>"))
    .description(
      "make the broker's data from an export; all of it is checked before anything is written",
    )
    .option(
      "--force",
      "replace the store that is there; its files are kept in a folder of their own",
    );
  withHelp(command, {
    role: null,
    examples: [["store import backup.jsonl --data-dir ./data", "makes the data of a broker anew"]],
    exits: [exitCodes.notFound, exitCodes.refused, exitCodes.damaged],
  }).action(async (file: string, options: StoreImportOptions) => {
    const [{ importStore }, { systemClock }, { openPrivateFolders }] = await Promise.all([
      import("../../../src/server/store/import.js"),
      import("../../../src/server/system-clock.js"),
      import("@portlease/native"),
    ]);
    const directory = await storeDirectory(options);
    const imported = await withNotice(`importing ${file}`, () =>
      importStore(directory, readExport(file), {
        source: file,
        force: options.force === true,
        nowWallMs: systemClock.wallMs(),
        privateFolders: process.platform === "win32" ? openPrivateFolders() : null,
      }).catch(storeFailure),
    );
    if (options.json) output.json(imported);
    else output.line(importText(imported));
  });
}

function readExport(file: string): string {
  try {
    const { size } = statSync(file);
    if (size <= fileBytesMax) return readFileSync(file, "utf8");
    throw new Error(`it has ${size} bytes, more than ${fileBytesMax}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `the export ${file} cannot be read (${reason}); nothing was changed`;
    throw new CliFailure(exitCodes.notFound, "CANNOT_READ_FILE", "", message, error);
  }
}

function importText(imported: StoreImport): string {
  const { dataDirectory, leaseCount, endedCount, blockCount, revision, keysGoOn, keptIn } =
    imported;
  const { adjustmentCount } = imported;
  const keys = keysGoOn
    ? "the holder keys of the leases go on working"
    : "the holder keys of the leases are DEAD: the export has no secret; holders acquire anew";
  const pairs = formatPairs([
    ["directory", dataDirectory],
    ["imported", `${leaseCount} leases, ${endedCount} ended and remembered, ${blockCount} blocks`],
    ["adjusted", adjustmentCount === 0 ? null : `${adjustmentCount} pools`],
    ["keys", keys],
    ["revision", `goes on above ${revision}`],
    ["ports", "those without a lease rest for the longest TTL of their pool after the next start"],
    ["kept in", keptIn],
  ]);
  return `The store is imported.\n${pairs}`;
}

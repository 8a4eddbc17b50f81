// portlease store export: the durable state of a broker that is not running, as lines of JSON on stdout or in a file.

import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { CliFailure } from "../cli-failure.js";
import { withHelp } from "../command-help.js";
import { exitCodes } from "../exit-codes.js";
import type { Output } from "../output.js";
import { withNotice } from "../terminal/progress.js";
import { type StoreOptions, storeDirectory, withStoreOptions } from "./store-directory.js";
import { storeFailure } from "./store-failure.js";

interface StoreExportOptions extends StoreOptions {
  readonly out?: string;
  readonly withSecret?: boolean;
}

export function addStoreExport(store: Command, output: Output): void {
  const command = withStoreOptions(store.command("export"))
    .description(
      "print blocks and leases as lines of JSON, for a backup or a move; changes nothing",
    )
    .option("--out <file>", "write them to this new file, for this user alone (default: stdout)")
    .option("--with-secret", "include the secret that holder keys are made of, so that they go on");
  withHelp(command, {
    role: null,
    examples: [
      ["store export --out backup.jsonl", "for a backup"],
      ["store export --with-secret --out move.jsonl", "for a move that keeps the holder keys"],
    ],
    exits: [exitCodes.notFound, exitCodes.refused, exitCodes.damaged],
  }).action(async (options: StoreExportOptions) => {
    const { exportStore } = await import("../../../src/server/store/export.js");
    const { systemClock } = await import("../../../src/server/system-clock.js");
    const { out, withSecret = false, json } = options;
    if (json && out === undefined) throw usage("--json needs --out: stdout has the export itself");
    const directory = await storeDirectory(options);
    const nowWallMs = systemClock.wallMs();
    const made = await withNotice(`reading ${directory}`, () =>
      exportStore(directory, { withSecret, nowWallMs }).catch(storeFailure),
    );
    const { text, ...facts } = made;
    if (out === undefined) {
      process.stdout.write(text);
      return;
    }
    writeNew(out, text);
    if (json) output.json({ file: out, withSecret, ...facts });
    else output.note(`${out} has ${facts.leaseCount} leases and ${facts.blockCount} blocks`);
  });
}

function writeNew(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: "wx", mode: 0o600 });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliFailure(
      exitCodes.failure,
      "CANNOT_WRITE_FILE",
      "",
      `${path} cannot be written (${reason}); name a file that does not exist yet`,
      error,
    );
  }
}

function usage(message: string): CliFailure {
  return new CliFailure(exitCodes.usage, "USAGE", "", message);
}

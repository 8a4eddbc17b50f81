// portlease store repair: makes a damaged store usable again, with everything that its checksums prove. Says what it would do
// until it is told to do it.

import type { Command } from "commander";
import type { RepairReport, RepairVerdict } from "../../../src/server/store/repair-report.js";
import { withHelp } from "../command-help.js";
import { exitCodes, type ExitCode } from "../exit-codes.js";
import type { Output } from "../output.js";
import { formatPairs } from "../table.js";
import { withNotice } from "../terminal/progress.js";
import type { SetExitCode } from "./serve.js";
import { findingLines } from "./store-check.js";
import { type StoreOptions, storeDirectory, withStoreOptions } from "./store-directory.js";

interface StoreRepairOptions extends StoreOptions {
  readonly yes?: boolean;
  readonly force?: boolean;
}

const exitCodeOf: Readonly<Record<RepairVerdict, ExitCode>> = {
  repaired: exitCodes.ok,
  // Still damaged, as "store check" says it.
  repairable: exitCodes.damaged,
  sound: exitCodes.refused,
  absent: exitCodes.notFound,
  "in-use": exitCodes.refused,
  "too-new": exitCodes.failure,
};

const sentences: Readonly<Record<RepairVerdict, string>> = {
  repaired: "The store is repaired.",
  repairable: "The store is NOT repaired yet; this is what --yes would do.",
  sound: "The store is sound, so there is nothing to repair; --force makes it anew all the same.",
  absent: "There is no store.",
  "in-use": "The store is in use; stop the broker and try again.",
  "too-new": "The store is of a newer portlease; repair it with that version.",
};

export function addStoreRepair(store: Command, output: Output, setExitCode: SetExitCode): void {
  const command = withStoreOptions(store.command("repair"))
    .description("save what a damaged store still proves; without --yes only say what that is")
    .option("--yes", "do it; the damaged files are kept in a folder of their own")
    .option("--force", "also when the store is sound");
  withHelp(command, {
    role: null,
    examples: [
      ["store repair", "only says what could be saved"],
      ["store repair --yes", "saves it"],
    ],
    exits: [exitCodes.notFound, exitCodes.refused, exitCodes.damaged],
  }).action(async (options: StoreRepairOptions) => {
    const { repairStore } = await import("../../../src/server/store/repair.js");
    const { systemClock } = await import("../../../src/server/system-clock.js");
    const directory = await storeDirectory(options);
    const report = await withNotice(`reading ${directory}`, () =>
      repairStore(directory, {
        write: options.yes === true,
        force: options.force === true,
        nowWallMs: systemClock.wallMs(),
      }),
    );
    if (options.json) output.json(report);
    else output.line(reportText(report));
    setExitCode(exitCodeOf[report.verdict]);
  });
}

function reportText({ dataDirectory, verdict, findings, summary, keptIn }: RepairReport): string {
  if (summary === null) {
    const head = formatPairs([["directory", dataDirectory]]);
    return [sentences[verdict], head, ...findingLines(findings)].join("\n");
  }
  const { leaseCount, endedCount, blockCount, adjustmentCount, revision, losses } = summary;
  const pairs = formatPairs([
    ["directory", dataDirectory],
    ["saved", `${leaseCount} leases, ${endedCount} ended and remembered, ${blockCount} blocks`],
    ["adjusted", adjustmentCount === 0 ? null : `${adjustmentCount} pools`],
    ["revision", `goes on above ${revision}; history starts anew`],
    ["ports", "those without a lease rest for the longest TTL of their pool after the next start"],
    ["kept in", keptIn],
    ["lost", losses.length === 0 ? "nothing" : null],
  ]);
  return [sentences[verdict], pairs, ...losses.map((loss) => `lost  ${loss}`)].join("\n");
}

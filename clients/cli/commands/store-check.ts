// portlease store check: reads a broker's data without changing it and says whether it is whole.

import type { Command } from "commander";
import type {
  StoreCheckReport,
  StoreFinding,
  StoreVerdict,
} from "../../../src/server/store/check-report.js";
import { withHelp } from "../command-help.js";
import { exitCodes, type ExitCode } from "../exit-codes.js";
import type { Output } from "../output.js";
import { formatPairs } from "../table.js";
import { withNotice } from "../terminal/progress.js";
import type { SetExitCode } from "./serve.js";
import { type StoreOptions, storeDirectory, withStoreOptions } from "./store-directory.js";

const exitCodeOf: Readonly<Record<StoreVerdict, ExitCode>> = {
  sound: exitCodes.ok,
  damaged: exitCodes.damaged,
  absent: exitCodes.notFound,
  "in-use": exitCodes.refused,
  "too-new": exitCodes.failure,
};

const sentences: Readonly<Record<StoreVerdict, string>> = {
  sound: "The store is sound.",
  damaged: "The store is DAMAGED; a broker would refuse to start on it.",
  absent: "There is no store.",
  "in-use": "The store is in use; it was not checked.",
  "too-new": "The store is of a newer portlease; it was not checked.",
};

export function addStoreCheck(store: Command, output: Output, setExitCode: SetExitCode): void {
  const command = withStoreOptions(store.command("check")).description(
    "say whether the data is whole; changes nothing",
  );
  withHelp(command, {
    role: null,
    examples: [["store check", "is the data of the stopped broker whole?"]],
    exits: [exitCodes.notFound, exitCodes.refused, exitCodes.damaged],
  }).action(async (options: StoreOptions) => {
    const { checkStore } = await import("../../../src/server/store/check.js");
    const directory = await storeDirectory(options);
    const report = await withNotice(`checking ${directory}`, () => checkStore(directory));
    if (options.json) output.json(report);
    else output.line(reportText(report));
    setExitCode(exitCodeOf[report.verdict]);
  });
}

/** One paragraph each. */
export function findingLines(findings: readonly StoreFinding[]): string[] {
  return findings.flatMap(({ severity, message, meaning, advice }) => [
    "",
    formatPairs([
      [severity, message],
      ["meaning", meaning],
      ["to do", advice],
    ]),
  ]);
}

function reportText({ dataDirectory, verdict, findings, summary }: StoreCheckReport): string {
  const counts: readonly (readonly [string, string | null])[] =
    summary === null
      ? []
      : [
          ["revision", `${summary.revision} (history from ${summary.baseRevision})`],
          ["leases", `${summary.leaseCount} active, ${summary.endedCount} ended and remembered`],
          ["blocks", String(summary.blockCount)],
          ["adjusted pools", String(summary.adjustmentCount)],
        ];
  const head = formatPairs([["directory", dataDirectory], ...counts]);
  return [sentences[verdict], head, ...findingLines(findings)].join("\n");
}

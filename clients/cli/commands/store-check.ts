// portlease store check: reads a broker's data without changing it and says whether it is whole.

import type { Command } from "commander";
import type { StoreCheckReport, StoreVerdict } from "../../../src/server/store/check-report.js";
import { exitCodes, type ExitCode } from "../exit-codes.js";
import type { Output } from "../output.js";
import { formatPairs } from "../table.js";
import type { SetExitCode } from "./serve.js";

interface StoreCheckOptions {
  readonly dataDir?: string;
  readonly config?: string;
  readonly json?: boolean;
}

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

export function addStore(program: Command, output: Output, setExitCode: SetExitCode): void {
  const store = program.command("store").description("look after the broker's data");
  store
    .command("check")
    .description("say whether the data is whole; changes nothing")
    .option("--data-dir <path>", "the broker's data directory (default: that of the configuration)")
    .option("--config <path>", "configuration file that names the data directory")
    .option("--json", "print one JSON document")
    .action(async (options: StoreCheckOptions) => {
      const { checkStore } = await import("../../../src/server/store/check.js");
      const report = await checkStore(options.dataDir ?? (await configuredDirectory(options)));
      if (options.json) output.json(report);
      else output.line(reportText(report));
      setExitCode(exitCodeOf[report.verdict]);
    });
}

async function configuredDirectory({ config }: StoreCheckOptions): Promise<string> {
  const [{ loadConfig }, { thisWorld }] = await Promise.all([
    import("../../../src/server/config/load-config.js"),
    import("../../../src/server/config/config-world.js"),
  ]);
  const flags = { configFile: config ?? null, values: {} };
  return loadConfig(flags, thisWorld()).config.dataDirectory;
}

function reportText({ dataDirectory, verdict, findings, summary }: StoreCheckReport): string {
  const found = findings.flatMap(({ severity, message, meaning, advice }) => [
    "",
    formatPairs([
      [severity, message],
      ["meaning", meaning],
      ["to do", advice],
    ]),
  ]);
  const counts: readonly (readonly [string, string | null])[] =
    summary === null
      ? []
      : [
          ["revision", `${summary.revision} (history from ${summary.baseRevision})`],
          ["leases", `${summary.leaseCount} active, ${summary.endedCount} ended and remembered`],
          ["blocks", String(summary.blockCount)],
        ];
  const head = formatPairs([["directory", dataDirectory], ...counts]);
  return [sentences[verdict], head, ...found].join("\n");
}

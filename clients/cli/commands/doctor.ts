// portlease doctor: tries on this host what portlease stands on, and says whether a reservation kind can work here.

import { Option, type Command } from "commander";
import type { ReservationKind } from "@portlease/native";
import type { DoctorReport, FactReport } from "@portlease/native/doctor";
import { exitCodes, exitCodeSignalBase } from "../exit-codes.js";
import { withHelp } from "../command-help.js";
import type { Output } from "../output.js";
import { signalNumber } from "../run/signal-number.js";
import { formatPairs, formatTable } from "../table.js";
import { withProgress } from "../terminal/progress.js";
import type { SetExitCode } from "./serve.js";

interface DoctorCommandOptions {
  readonly kind: ReservationKind | "auto";
  readonly json?: boolean;
}

const kinds = ["auto", "persistent", "runtime", "administered", "held"] as const;
const signals = ["SIGINT", "SIGTERM", "SIGBREAK"] as const;

export function addDoctor(program: Command, output: Output, setExitCode: SetExitCode): void {
  const command = program
    .command("doctor")
    .description("try on this host every fact that portlease stands on; leaves nothing behind")
    .addOption(
      new Option("--kind <kind>", "the reservation kind to judge by")
        .choices(kinds)
        .default("auto"),
    )
    .option("--json", "print one JSON document");
  withHelp(command, {
    role: null,
    examples: [
      ["doctor", "does what portlease would choose work here?"],
      ["doctor --kind persistent --json", "the same of one kind, for programs"],
    ],
    more: "Exits with 0 only when everything that the kind needs holds, else with 1.",
  }).action(async (options: DoctorCommandOptions) => {
    setExitCode(await doctor(options, output));
  });
}

async function doctor(
  { kind, json = false }: DoctorCommandOptions,
  output: Output,
): Promise<number> {
  // Loaded here: nothing native is needed by the other commands.
  const { openDoctor } = await import("@portlease/native/doctor");
  const interrupt = listenForInterrupt();
  let tried = 0;
  let last = "";
  const onReport = ({ id, result }: FactReport): void => {
    tried += 1;
    last = `, the last was ${id}: ${result}`;
  };
  const report = await withProgress(
    () => `the operating system; ${tried} facts tried${last}`,
    () => openDoctor().run({ kind, interrupted: interrupt.signal, onReport }),
  );
  if (json) output.json(report);
  else output.line(reportText(report));
  const { signal } = interrupt.signal.aborted
    ? (interrupt.signal.reason as StopReason)
    : { signal: null };
  if (signal !== null) return exitCodeSignalBase + signalNumber(signal);
  return report.verdict.holds && report.leftovers.length === 0 ? exitCodes.ok : exitCodes.failure;
}

interface StopReason {
  readonly signal: (typeof signals)[number];
}

/** The doctor cleans up first; a second signal changes nothing, so that an impatient one leaves no reservation behind. */
function listenForInterrupt(): AbortController {
  const interrupt = new AbortController();
  for (const signal of signals) {
    process.on(signal, () => interrupt.abort({ signal } satisfies StopReason));
  }
  return interrupt;
}

function reportText(report: DoctorReport): string {
  const { platform, release, nodeVersion, elevated, facts, verdict, leftovers } = report;
  const about = `${platform} ${release}, Node ${nodeVersion}, ${elevated ? "elevated" : "not elevated"}`;
  const rows = facts.map(({ id, result, neededBy, durationMs, seen }) => [
    id,
    result,
    neededBy.join(" ") || "-",
    String(Math.round(durationMs)),
    seen,
  ]);
  const table = formatTable(["FACT", "RESULT", "NEEDED BY", "MS", "SEEN"], rows);
  const odd = facts.filter(({ result }) => result === "no" || result === "unknown");
  const details = odd.map(({ id, title, source }) =>
    formatPairs([
      [id, `does not hold, or is not known to: ${title}`],
      ["source", source],
    ]),
  );
  const left = leftovers.map((what) => `LEFT BEHIND: ${what}`);
  return [about, table, ...details, ...left, verdict.sentence].join("\n\n");
}

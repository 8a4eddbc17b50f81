// Runs portlease doctor as a Windows program of the lab.

import type { DoctorReport } from "@portlease/native/doctor";
import type { PortPool } from "./port-pool.js";
import { type WineExit, WineProcess } from "./wine-process.js";

/** Some sixty facts, of which several start processes, at the speed of emulation on a busy machine. */
export const doctorMsMax = 180_000;

export interface DoctorRun {
  readonly exit: WineExit;
  readonly report: DoctorReport;
  /** "absent" for a fact that there is not. */
  readonly resultOf: (id: string) => string;
}

/** With --json and these words. */
export async function runWineDoctor(
  pool: PortPool,
  words: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<DoctorRun> {
  const exit = await WineProcess.run({
    args: ["dist/portlease/main.js", "doctor", "--json", ...words],
    environment: { ...pool.environment, ...environment },
    name: "doctor",
  });
  const report = JSON.parse(exit.stdout) as DoctorReport;
  const resultOf = (id: string): string =>
    report.facts.find((fact) => fact.id === id)?.result ?? "absent";
  return { exit, report, resultOf };
}

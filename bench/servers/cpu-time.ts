// How much CPU programs used. Differences of two samples are what counts.

import { readFileSync } from "node:fs";
import { cpus } from "node:os";

export interface CpuSample {
  readonly atMs: number;
  /** All threads of the server; `null` where the system does not tell (other than Linux), or there is none. */
  readonly serverUs: number | null;
  /** All threads of this process. */
  readonly ownUs: number;
  /** All programs on all cores. */
  readonly machineUs: number;
}

/** The unit of times in /proc: 100 a second on every Linux that Node runs on, see times(2) and proc_pid_stat(5). */
const ticksPerSecond = 100;

/** `serverProcessId` is `null` where no server is asked. */
export function sampleCpu(serverProcessId: number | null): CpuSample {
  const { user, system } = process.cpuUsage();
  const known = process.platform === "linux" && serverProcessId !== null;
  return {
    atMs: performance.now(),
    serverUs: known ? processCpuUs(serverProcessId) : null,
    ownUs: user + system,
    machineUs: machineCpuUs(),
  };
}

/** Of all threads of a process on Linux. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
export function processCpuUs(processId: number): number {
  const text = readFileSync(`/proc/${processId}/stat`, "latin1");
  // The name in parentheses may contain anything; what follows it starts with field 3. utime and stime are 14 and 15.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1e6) / ticksPerSecond;
}

function machineCpuUs(): number {
  let busyMs = 0;
  for (const { times } of cpus()) busyMs += times.user + times.nice + times.sys + times.irq;
  return busyMs * 1_000;
}

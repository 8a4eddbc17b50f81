// Ends programs that the benchmark started, in order and also when the benchmark itself crashes.

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

const stopMsMax = 10_000;

/** Kills the program when this process ends before `stopped` is called with it, and does `also`. Returns how to take that back. */
export function leaveNothing(child: ChildProcess, also: () => void = () => undefined): () => void {
  const leave = (): void => {
    child.kill("SIGKILL");
    also();
  };
  process.once("exit", leave);
  return () => process.off("exit", leave);
}

/** Resolves when it has ended: in order, or killed after 10 s. No-op when it has. */
export async function stopped(
  child: ChildProcess,
  signal: NodeJS.Signals = "SIGTERM",
): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), stopMsMax);
  await ended;
  clearTimeout(timer);
}

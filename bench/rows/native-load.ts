// The load generator in Go (bench/load) as a process: one row against one server.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { leaveNothing, stopped } from "../servers/child-process.js";
import { requireProgram } from "../servers/programs.js";
import type { LoopOptions } from "./closed-loop.js";
import type { LoadFigures, WindowWatch } from "./window.js";

export interface NativeLoadOptions extends LoopOptions {
  /** A name of bench/load/rows.go. */
  readonly row: string;
  /** host:port, or the path of a socket. */
  readonly address: string;
}

interface NativeLine extends LoadFigures {
  readonly event: "began" | "ended" | "figures";
}

/** This process is on the load's core, if any is pinned, and so is what it starts. Rejects when a call fails. */
export async function runNativeLoad(
  { row, address, concurrency, warmUpMs, measureMs }: NativeLoadOptions,
  watch: WindowWatch,
): Promise<LoadFigures> {
  const what = ["--row", row, "--address", address, "--concurrency", String(concurrency)];
  const howLong = ["--warm-up", `${warmUpMs}ms`, "--window", `${measureMs}ms`];
  const child = startNativeLoad([...what, ...howLong]);
  const stay = leaveNothing(child);
  try {
    return await figuresOf(child, watch);
  } finally {
    await stopped(child);
    stay();
  }
}

/** Its output is a line of JSON each, what went wrong is said on its standard error. Throws where there is no such program. */
export function startNativeLoad(words: readonly string[]): ChildProcess {
  return spawn(requireProgram("bench-load"), words, { stdio: ["pipe", "pipe", "pipe"] });
}

async function figuresOf(child: ChildProcess, watch: WindowWatch): Promise<LoadFigures> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error("the load has no output");
  const complaint = text(stderr);
  const closed = once(child, "close");
  let figures: LoadFigures | null = null;
  const lines = createInterface({ input: stdout });
  lines.on("line", (line) => {
    const { event, ...rest } = JSON.parse(line) as NativeLine;
    if (event === "began") watch.began();
    else if (event === "ended") watch.ended();
    else figures = rest;
  });
  await closed;
  if (figures === null) throw new Error((await complaint).trim());
  return figures;
}

// Runs the compiled CLI as a process of its own, with an environment of its own, and keeps what it prints.

import {
  spawn,
  type ChildProcess,
  type ChildProcessByStdio,
  type ChildProcessWithoutNullStreams,
} from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { recordOutput } from "./test-output.js";

/** Compiled to .build/test/support/. */
export const cliPath = fileURLToPath(new URL("../../../dist/portlease/main.js", import.meta.url));

export interface CliOptions {
  /** Added to PATH and a HOME without files. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly currentDirectory?: string;
  readonly input?: string;
  /** What is searched for secrets afterwards: "stderr" where the answer contains one by design. */
  readonly record?: "both" | "stderr";
}

export interface CliResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A started program whose output is read here. */
export interface CliOutputs extends ChildProcess {
  readonly stdout: Readable;
  readonly stderr: Readable;
}

export type CliProcess = ChildProcessByStdio<null, Readable, Readable>;

export function cliEnvironment(added: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  if (process.platform === "win32") return { ...windowsEnvironment(), NO_COLOR: "1", ...added };
  return { PATH: process.env["PATH"], HOME: "/nonexistent", NO_COLOR: "1", ...added };
}

/** Programs of Windows need much of theirs; only what portlease itself reads is left out. */
function windowsEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.toUpperCase().startsWith("PORTLEASE_")),
  );
}

/** Starts the CLI and leaves it running. */
export function startCli(args: readonly string[], options: CliOptions = {}): CliProcess {
  const child = spawn(process.execPath, [cliPath, ...args], {
    cwd: options.currentDirectory,
    env: cliEnvironment(options.environment),
    stdio: ["ignore", "pipe", "pipe"],
  });
  recordOutput(child, `cli-${args[0] ?? "none"}`, options.record);
  return child;
}

/** Runs the CLI to its end. */
export async function runCli(
  args: readonly string[],
  options: CliOptions = {},
): Promise<CliResult> {
  const child = startCliWithInput(args, options);
  child.stdin.end(options.input ?? "");
  return finished(child);
}

/** Starts the CLI and leaves it running, with a stdin that is open. */
export function startCliWithInput(
  args: readonly string[],
  options: CliOptions = {},
): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [cliPath, ...args], {
    cwd: options.currentDirectory,
    env: cliEnvironment(options.environment),
    stdio: "pipe",
  });
  recordOutput(child, `cli-${args[0] ?? "none"}`, options.record);
  return child;
}

/** Resolves at the end of the process, with all it has printed from now on. */
export async function finished(child: CliOutputs): Promise<CliResult> {
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const [exitCode, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { exitCode, signal, stdout, stderr };
}

/** Resolves with everything that the stream brought, when it matches. Rejects when the stream ends before. */
export function outputMatching(stream: Readable, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (pattern.test(text)) resolve(text);
    });
    stream.once("close", () => reject(new Error(`ended without ${String(pattern)}:\n${text}`)));
  });
}

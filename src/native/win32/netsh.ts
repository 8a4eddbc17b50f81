// Runs netsh, the only documented way to administered exclusions and to the dynamic range. What it prints is read elsewhere.
// https://learn.microsoft.com/windows-server/administration/windows-commands/netsh-interface

import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { win32 as windowsPath } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { NativeError } from "../native-error.js";

export interface NetshResult {
  readonly exitCode: number;
  readonly output: Buffer;
}

export interface Netsh {
  /** Throws UNSUPPORTED where there is no netsh, OS_ERROR when it does not end in time. */
  run(args: readonly string[]): Promise<NetshResult>;
  /** The same, keeping the process from all other work for tens of milliseconds and more: for a process that is about to end. */
  runSync(args: readonly string[]): NetshResult;
}

/** It answers within 100 ms; a host where it takes longer than this is not well. */
const netshMsMax = 20_000;

/**
 * A start that is refused, because the host is short of memory or a scanner has the file open, may succeed a moment later; and
 * what did not start has changed nothing.
 */
const startAttempts = 3;
const startPauseMs = 200;

/** A table of all ports would be 2.5 MB. */
const outputBytesMax = 4 * 1024 * 1024;

/**
 * By its full path where it is there, because an elevated process must not run whatever is called netsh on the PATH;
 * else, as in images that have it elsewhere, by the PATH.
 */
export function netshPath(environment: NodeJS.ProcessEnv): string {
  const systemRoot = environment["SystemRoot"] ?? environment["SYSTEMROOT"];
  if (systemRoot === undefined) return "netsh.exe";
  const path = windowsPath.join(systemRoot, "System32", "netsh.exe");
  return existsSync(path) ? path : "netsh.exe";
}

export class SystemNetsh implements Netsh {
  readonly #path: string;

  /** `path`: a full path, or a name that is looked for on the PATH. */
  constructor(path: string) {
    this.#path = path;
  }

  async run(args: readonly string[]): Promise<NetshResult> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#start(args);
      } catch (error) {
        if (attempt === startAttempts || !mayStartLater(error)) throw this.#failed(error);
        await pause(startPauseMs * attempt);
      }
    }
  }

  runSync(args: readonly string[]): NetshResult {
    const { status, stdout, error } = spawnSync(this.#path, args, limits);
    if (status === null || error !== undefined) {
      throw this.#failed(error ?? new Error("it was stopped"));
    }
    return { exitCode: status, output: stdout };
  }

  /** Rejects also with what execFile throws by itself: a refusal that Node has no name for ("spawn UNKNOWN"). */
  #start(args: readonly string[]): Promise<NetshResult> {
    return new Promise((resolve, reject) => {
      const options = { encoding: "buffer", ...limits } as const;
      const child = execFile(this.#path, args, options, (error, output) => {
        // A number is the exit code; everything else kept it from running, or stopped it.
        const ended = error === null || typeof error.code === "number";
        if (ended && child.exitCode !== null) resolve({ exitCode: child.exitCode, output });
        else reject(error ?? new Error("it was stopped"));
      });
    });
  }

  #failed(cause: unknown): NativeError {
    const { code, message } = cause as NodeJS.ErrnoException;
    const absent = code === "ENOENT";
    return absent
      ? new NativeError(
          "UNSUPPORTED",
          `There is no ${this.#path} on this host, as in the smallest container images. Use kind persistent or runtime.`,
          { api: "netsh" },
          { cause },
        )
      : new NativeError(
          "OS_ERROR",
          `${this.#path} did not start, or did not end as it should (${message}). Run it by hand to see why.`,
          { api: "netsh" },
          { cause },
        );
  }
}

function mayStartLater(error: unknown): boolean {
  const { syscall, code } = error as NodeJS.ErrnoException;
  return syscall?.startsWith("spawn") === true && code !== "ENOENT";
}

const limits = { timeout: netshMsMax, maxBuffer: outputBytesMax, windowsHide: true } as const;

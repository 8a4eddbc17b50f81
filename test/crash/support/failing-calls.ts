// Makes the operating system refuse a broker's disk calls for a while, as a dying disk does: strace attaches to the process and
// answers in the kernel's place. https://man7.org/linux/man-pages/man1/strace.1.html, "Tampering"

import { type ChildProcess, spawn, spawnSync } from "node:child_process";

/** Runs the suite where a process of ours may be attached to, else shows it as pending. */
export function describeWithFailingCalls(title: string, suite: () => void): void {
  const tried =
    process.platform === "linux" ? spawnSync("strace", ["-qq", "-o", "/dev/null", "true"]) : null;
  if (tried?.status === 0) describe(title, suite);
  else describe.skip(`${title} (needs strace and the right to attach)`, suite);
}

export class FailingCalls {
  readonly #calls: string;
  readonly #errorName: string;
  #tracer: ChildProcess | null = null;

  /** `calls`: names of system calls, separated by commas. */
  constructor(calls: string, errorName: "EIO" | "EROFS") {
    this.#calls = calls;
    this.#errorName = errorName;
  }

  /** From some moment soon on they fail in all threads of the process. A no-op while they do. */
  begin(processId: number): void {
    if (this.#tracer !== null) return;
    const inject = `inject=${this.#calls}:error=${this.#errorName}`;
    const words = ["-f", "-qq", "-o", "/dev/null", "-e", `trace=${this.#calls}`, "-e", inject];
    this.#tracer = spawn("strace", [...words, "-p", String(processId)], { stdio: "ignore" });
  }

  /** Soon they work again. */
  end(): void {
    this.#tracer?.kill("SIGTERM");
    this.#tracer = null;
  }
}

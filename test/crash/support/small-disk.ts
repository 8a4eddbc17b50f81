// A disk of a few megabytes that can be filled and freed: a tmpfs in a mount namespace of its own, which vanishes with the
// process that keeps it. The broker runs inside, the test looks in from outside.

import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

const isRoot = process.geteuid?.() === 0;
/** Other users may mount only in a user namespace of their own. */
const namespaces = isRoot ? ["--mount"] : ["--user", "--map-root-user", "--mount"];

/** Runs the suite where disks can be mounted, else shows it as pending. */
export function describeWithSmallDisk(title: string, suite: () => void): void {
  const possible =
    process.platform === "linux" &&
    spawnSync("unshare", [...namespaces, "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0;
  const reason = "needs mount namespaces: run it as root, or in a container with --privileged";
  if (possible) describe(title, suite);
  else describe.skip(`${title} (${reason})`, suite);
}

export class SmallDisk {
  readonly #keeper: ChildProcess;
  readonly #mountPoint: string;
  #fillers = 0;

  private constructor(keeper: ChildProcess, mountPoint: string) {
    this.#keeper = keeper;
    this.#mountPoint = mountPoint;
  }

  /** `mountPoint` is an existing empty folder. */
  static async mount(mountPoint: string, sizeBytes: number): Promise<SmallDisk> {
    const script = 'mount -t tmpfs -o "size=$1" none "$2" && echo mounted && exec cat';
    const words = [...namespaces, "sh", "-c", script, "sh", String(sizeBytes), mountPoint];
    // Ends when its stdin does, so also when the test process is gone.
    const keeper = spawn("unshare", words, { stdio: ["pipe", "pipe", "inherit"] });
    const exited = once(keeper, "exit").then(() => Promise.reject(new Error("cannot mount")));
    await Promise.race([once(keeper.stdout, "data"), exited]);
    exited.catch(() => undefined);
    return new SmallDisk(keeper, mountPoint);
  }

  /** Goes before a command that shall see the disk. */
  get wrapper(): readonly string[] {
    const joined = isRoot ? ["--mount"] : ["--user", "--preserve-credentials", "--mount"];
    return ["nsenter", "--target", String(this.#keeper.pid), ...joined];
  }

  /** A new folder on the disk, as programs inside see it. */
  newDirectory(name: string): string {
    mkdirSync(join(this.#outside, name));
    return join(this.#mountPoint, name);
  }

  /** Takes all space that is left. */
  fill(): void {
    this.#fillers += 1;
    const file = openSync(join(this.#outside, `filler-${this.#fillers}`), "w");
    try {
      for (const size of [65_536, 4_096]) writeUntilFull(file, Buffer.alloc(size));
    } finally {
      closeSync(file);
    }
  }

  /** Gives all of it back. */
  free(): void {
    for (; this.#fillers > 0; this.#fillers -= 1) {
      rmSync(join(this.#outside, `filler-${this.#fillers}`));
    }
  }

  /** From now on nothing can be written; possible while no file is open for writing. */
  makeReadOnly(): void {
    const [command = "", ...args] = this.wrapper;
    execFileSync(command, [...args, "mount", "-o", "remount,ro", this.#mountPoint]);
  }

  async unmount(): Promise<void> {
    if (this.#keeper.exitCode !== null) return;
    this.#keeper.stdin?.end();
    await once(this.#keeper, "exit");
  }

  get #outside(): string {
    return join(`/proc/${this.#keeper.pid}/root`, this.#mountPoint);
  }
}

function writeUntilFull(file: number, chunk: Buffer): void {
  try {
    for (;;) writeSync(file, chunk);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
}

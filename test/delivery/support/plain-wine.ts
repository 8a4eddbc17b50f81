// Runs Windows programs under Wine as it comes, in a prefix of its own, with output to files: node.exe writes to no pipe of the
// host. What the kernel says about ports is not emulated here; that is what test/wine is for.

import { spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** `null`: Wine is there. Otherwise why not, and how to get it. */
export function whyNoWine(): string | null {
  const found = spawnSync("wine", ["--version"], { stdio: "ignore" }).error === undefined;
  return found ? null : "there is no wine; run apt-get install wine64, or scripts/setup-ci";
}

export interface WineResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class PlainWine {
  readonly #folder: string;
  readonly #environment: NodeJS.ProcessEnv;

  /** `folder` is empty and is for Wine alone. Creating the prefix takes some seconds. Throws when Wine cannot be started. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#environment = {
      ...process.env,
      WINEPREFIX: join(folder, "prefix"),
      WINEDEBUG: "-all",
      // Wine 8 says that it is a Windows that Node no longer supports.
      NODE_SKIP_PLATFORM_CHECK: "1",
    };
    const { status } = this.#spawn(["wineboot", "--init"], "ignore", "ignore");
    if (status !== 0) throw new Error(`wineboot ended with ${status}`);
  }

  /** Runs a program to its end. Absolute paths of the host begin with Z: there. */
  run(words: readonly string[]): WineResult {
    const paths = ["stdout.txt", "stderr.txt"].map((name) => join(this.#folder, name));
    const files = paths.map((path) => openSync(path, "w"));
    const [stdout = 1, stderr = 2] = files;
    const { status } = this.#spawn(words, stdout, stderr);
    for (const file of files) closeSync(file);
    const [outText = "", errorText = ""] = paths.map((path) => readFileSync(path, "utf8"));
    return { exitCode: status ?? 1, stdout: outText, stderr: errorText };
  }

  /** Ends everything of this prefix. */
  close(): void {
    spawnSync("wineserver", ["--kill"], { env: this.#environment, stdio: "ignore" });
    spawnSync("wineserver", ["--wait"], { env: this.#environment, stdio: "ignore" });
  }

  #spawn(words: readonly string[], stdout: "ignore" | number, stderr: "ignore" | number) {
    return spawnSync("wine", words, {
      env: this.#environment,
      stdio: ["ignore", stdout, stderr],
      timeout: 120_000,
    });
  }
}

/** The path as programs under Wine see it. */
export function toWindowsPath(path: string): string {
  return `Z:${path.replaceAll("/", "\\")}`;
}

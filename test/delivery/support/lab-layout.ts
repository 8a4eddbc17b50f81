// An assembled Windows layout on the emulated machine of the Wine lab: its own node.exe, with the lab's DLLs beside it.

import { spawn } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { recordOutput } from "../../support/test-output.js";
import { repositoryRoot } from "../../support/repository.js";
import { toWindowsPath } from "./plain-wine.js";

interface Lab {
  readonly environment: Readonly<Record<string, string>>;
  readonly winerun: string;
  readonly nodes: Readonly<Record<string, string>>;
}

/** Written by `npm run wine:setup`. */
const descriptionPath = join(repositoryRoot, ".build", "wine", "lab.json");

/** `null`: the lab is there. Otherwise why not, and how to get it. */
export function whyNoLab(): string | null {
  return existsSync(descriptionPath) ? null : "there is no Wine lab; run npm run wine:setup";
}

/**
 * Runs a Node program with the layout's node.exe to its end, on a machine whose ports are kept in `poolFile`. The DLLs stay in
 * the layout: Windows programs take those beside them first.
 */
export async function runOnLabMachine(
  layout: string,
  poolFile: string,
  words: readonly string[],
): Promise<{ readonly exitCode: number; readonly output: string }> {
  const lab = JSON.parse(readFileSync(descriptionPath, "utf8")) as Lab;
  const folder = dirname(lab.nodes["22"] ?? "");
  for (const name of readdirSync(folder).filter((each) => each.endsWith(".dll"))) {
    copyFileSync(join(folder, name), join(layout, name));
  }
  const node = toWindowsPath(join(layout, "node.exe"));
  const child = spawn("wine", [lab.winerun, node, ...words], {
    env: { ...process.env, ...lab.environment, PORTPOOL_FILE: toWindowsPath(poolFile) },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 240_000,
    killSignal: "SIGKILL",
  });
  recordOutput(child, "windows-layout");
  const exited = new Promise<number>((resolve, reject) => {
    child.once("error", reject).once("close", (code) => resolve(code ?? 1));
  });
  const [stdout, stderr, exitCode] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    exited,
  ]);
  return { exitCode, output: stdout + stderr };
}

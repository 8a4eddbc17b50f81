// Runs programs of Node to their end and takes the time.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { pinnedCommand } from "../servers/cores.js";

/** Of a program in the folder `programs`. */
export function programPath(
  name: "bind-ports" | "client-start" | "bare-start" | "full-core" | "proxied" | "pipe-proxy",
): string {
  return fileURLToPath(new URL(`programs/${name}.js`, import.meta.url));
}

/** Rejects when it ends with anything but 0. */
export async function runNode(
  core: number | null,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly tookMs: number; readonly output: string }> {
  const node = [process.execPath, ...words];
  const [program = "", ...args] = core === null ? node : pinnedCommand(core, node);
  const startMs = performance.now();
  const env = { ...process.env, ...environment };
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [exitCode] = (await once(child, "close")) as [number | null];
  if (exitCode !== 0) throw new Error(`node ${words.join(" ")} ended with exit code ${exitCode}`);
  return { tookMs: performance.now() - startMs, output };
}

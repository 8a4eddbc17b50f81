// Runs tests in a network namespace of their own, with root's rights in it: for those that change what belongs to all of a
// network, or take more ports than a test may take from others.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { repositoryRoot } from "./repository.js";

const unshare = ["unshare", "--user", "--map-root-user", "--net"] as const;
const loopbackUp = "ip link set lo up";

/** Registers a test that passes when all tests of a compiled file do; pending where there are no namespaces. */
export function itInNamespace(title: string, file: string, timeoutMs: number): void {
  if (!canUnshare()) {
    it.skip(`${title} (needs Linux with user namespaces: apt install util-linux iproute2)`);
    return;
  }
  it(title, () => passInNamespace(file)).timeout(timeoutMs);
}

function canUnshare(): boolean {
  if (process.platform !== "linux") return false;
  const [program, ...words] = unshare;
  return spawnSync(program, [...words, "sh", "-c", loopbackUp]).status === 0;
}

/** Rejects with mocha's whole output when a test failed, or none was run. */
async function passInNamespace(file: string): Promise<void> {
  const mocha = join(repositoryRoot, "node_modules", "mocha", "bin", "mocha.js");
  const [program, ...words] = unshare;
  const inside = ["sh", "-c", `${loopbackUp} && exec "$@"`, "sh"];
  const command = [process.execPath, mocha, "--no-config", "--timeout", "10000", "--exit", file];
  const child = spawn(program, [...words, ...inside, ...command], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  }
  const [exitCode] = (await once(child, "close")) as [number];
  assert.equal(exitCode, 0, output);
  assert.match(output, /[1-9]\d* passing/, output);
  console.log(output.replaceAll(/^/gm, "      ").trimEnd());
}

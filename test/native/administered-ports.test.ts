// Blocks of kind ADMINISTERED on Linux change a list of the whole network namespace, so their tests run in one of their own.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { repositoryRoot } from "../support/repository.js";

const namespace = ["unshare", "--user", "--map-root-user", "--net"] as const;
const loopbackUp = "ip link set lo up";

function canRun(): boolean {
  if (process.platform !== "linux") return false;
  const [file, ...words] = namespace;
  return spawnSync(file, [...words, "sh", "-c", loopbackUp]).status === 0;
}

describe("administered ports on Linux", () => {
  const title = "pass their tests in a network namespace";
  if (!canRun()) {
    it.skip(`${title} (needs Linux with user namespaces: apt install util-linux iproute2)`);
    return;
  }

  it(title, async () => {
    const mocha = join(repositoryRoot, "node_modules", "mocha", "bin", "mocha.js");
    const file = fileURLToPath(new URL("namespace/administered.js", import.meta.url));
    const script = `${loopbackUp} && exec "$@"`;
    const [program, ...words] = namespace;
    const command = [
      "sh",
      "-c",
      script,
      "sh",
      process.execPath,
      mocha,
      "--no-config",
      "--exit",
      file,
    ];
    const child = spawn(program, [...words, ...command], { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    }
    const [exitCode] = (await once(child, "close")) as [number];
    assert.equal(exitCode, 0, output);
    assert.match(output, /\d\d passing/);
  }).timeout(60_000);
});

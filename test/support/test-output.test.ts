// The search for secrets in what tests print: it must find them, or all other tests prove nothing of it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noteSecret, recordOutput, recordText } from "./test-output.js";

interface SecretSearch {
  readonly leakedSecrets: (directory: string) => readonly string[];
}

/** Compiled to .build/test/support/. */
const { leakedSecrets } = (await import(
  new URL("../../../scripts/secret-search.mjs", import.meta.url).href
)) as SecretSearch;

describe("the search for secrets in recorded output", () => {
  const secret = "a-secret-of-this-test-8472";
  let directory: string;
  let before: string | undefined;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "portlease-output-"));
    before = process.env["PORTLEASE_TEST_OUTPUT"];
    process.env["PORTLEASE_TEST_OUTPUT"] = directory;
  });
  afterEach(() => {
    if (before === undefined) delete process.env["PORTLEASE_TEST_OUTPUT"];
    else process.env["PORTLEASE_TEST_OUTPUT"] = before;
    rmSync(directory, { recursive: true });
  });

  it("finds nothing where nothing leaked", () => {
    noteSecret(secret);
    recordText("all is well\n", "quiet");
    assert.deepEqual(leakedSecrets(directory), []);
  });

  it("finds a secret in text, and names the file without repeating the secret", () => {
    noteSecret(secret);
    recordText(`holder key ${secret}\n`, "loud");
    const [problem, ...others] = leakedSecrets(directory);
    assert.equal(others.length, 0);
    assert.match(problem ?? "", /a secret \(a-se\.\.\.\) is in the output kept in .*loud\.log/);
    assert.ok(!problem?.includes(secret));
  });

  it("finds a secret that a program printed, on stderr too", async () => {
    noteSecret(secret);
    const child = spawn(process.execPath, ["-e", `console.error("${secret}")`]);
    recordOutput(child, "program");
    await once(child, "close");
    assert.equal(leakedSecrets(directory).length, 1);
  });

  it("finds a secret in a file that the test run itself wrote", () => {
    noteSecret(secret);
    writeFileSync(join(directory, "run.log"), `1) fails: expected ${secret}`);
    assert.equal(leakedSecrets(directory).length, 1);
  });

  it("can leave out an answer that contains the secret by design", async () => {
    noteSecret(secret);
    const child = spawn(process.execPath, ["-e", `console.log("${secret}")`]);
    recordOutput(child, "acquire", "stderr");
    child.stdout.resume();
    await once(child, "close");
    assert.deepEqual(leakedSecrets(directory), []);
  });

  it("refuses values that would be found by chance", () => {
    assert.throws(() => noteSecret("short"), /8 characters/);
  });
});

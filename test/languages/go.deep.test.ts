// The Go client: its own tests with the race detector, how it is written, generated and documented. What it does with real brokers is
// go-leases.deep.test.ts.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BrokerLab } from "../support/broker-lab.js";
import { repositoryRoot } from "../support/repository.js";
import { describeWithGo, goClient, runGo } from "./support/go-tools.js";

interface GoTestLine {
  readonly Action: string;
  readonly Test?: string;
  readonly Output?: string;
}

describeWithGo("the Go client", function () {
  // Compiling for the race detector takes minutes where nothing is cached.
  this.timeout(900_000);

  let lab: BrokerLab;

  before(async () => {
    lab = await BrokerLab.open();
  });
  after(() => lab.close());

  it("passes its tests and runs its examples, with the race detector", async () => {
    const { address } = await lab.start();
    const args = ["test", "-race", "-count=1", "-json", "-tags", "broker", "./..."];
    const { exitCode, stdout, stderr } = await runGo("go", args, { PORTLEASE_ADDRESS: address });
    const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
    const tests = lines.map((line) => JSON.parse(line) as GoTestLine).filter(({ Test }) => Test);
    const failed = new Set(tests.filter(({ Action }) => Action === "fail").map(({ Test }) => Test));
    const said = tests.filter(({ Test }) => failed.has(Test)).map(({ Output }) => Output);
    assert.equal(exitCode, 0, `${said.join("")}${stderr}`);
    const passed = tests.filter(({ Action }) => Action === "pass");
    assert.ok(passed.some(({ Test }) => Test === "Example"));
    assert.ok(passed.length > 40, `${passed.length} tests`);
    console.log(`      ${passed.length} passed`);
  });

  it("is formatted by gofmt", async () => {
    assert.deepEqual(await runGo("gofmt", ["-l", "."]), { exitCode: 0, stdout: "", stderr: "" });
  });

  for (const system of ["linux", "windows", "darwin"]) {
    it(`passes go vet and is built for ${system}`, async () => {
      const environment = { GOOS: system, CGO_ENABLED: "0" };
      for (const args of [
        ["vet", "-tags", "broker", "./..."],
        ["build", "./..."],
      ]) {
        const { exitCode, stderr } = await runGo("go", args, environment);
        assert.equal(exitCode, 0, stderr);
      }
    });
  }

  it("needs nothing that its go.mod does not name", async () => {
    const { exitCode, stdout, stderr } = await runGo("go", ["mod", "tidy", "-diff"]);
    assert.equal(exitCode, 0, stdout + stderr);
  });

  it("has the stubs that the proto files make", () => {
    const args = ["scripts/gen-go.mjs", "--check"];
    execFileSync(process.execPath, args, { cwd: repositoryRoot, stdio: "pipe" });
  });

  it("has the examples that its README shows, word by word", () => {
    const lines = (text: string) =>
      text
        .split("\n")
        .map((line) => line.trim())
        .filter(Boolean)
        .join("\n");
    const examples = lines(readFileSync(join(goClient, "example_test.go"), "utf8"));
    const page = readFileSync(join(goClient, "README.md"), "utf8");
    const samples = [...page.matchAll(/^```go\n(.*?)^```$/gms)].map(([, code = ""]) => lines(code));
    assert.ok(samples.length >= 4);
    for (const sample of samples) assert.ok(examples.includes(sample), sample);
  });
});

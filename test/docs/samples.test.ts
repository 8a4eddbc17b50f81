// Every sample that somebody may copy out of the documents is run by a test, or there is a reason why not: the list below has each.
// The commands of the README and of the client's README are run here, by a shell as their readers have it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { BrokerLab } from "../support/broker-lab.js";
import type { BrokerProcess } from "../support/broker-process.js";
import { type CliResult, cliPath, finished } from "../support/cli.js";
import { type Sample, samplesOf } from "../support/document-samples.js";
import { repositoryRoot } from "../support/repository.js";
import { recordOutput } from "../support/test-output.js";

/** Programs and commands; diagrams, configurations and output are data. */
const runnable = new Set(["js", "ts", "sh", "console", "powershell"]);

interface Claim {
  readonly document: string;
  /** How the sample begins; all of the document's samples that no other claim names where it is missing. */
  readonly begins?: string;
  /** The test that runs it; "here" for this one. Either this or a reason. */
  readonly by?: string;
  readonly reason?: string;
}

const claims: readonly Claim[] = [
  {
    document: "README.md",
    begins: "npm run demo",
    reason:
      "each needs a terminal of its own and the usual address, which may be taken where tests run",
  },
  { document: "README.md", begins: "$ npx portlease acquire", by: "here" },
  {
    document: "README.md",
    begins: "npm run fleet:demo",
    reason: "test/scripts/fleet-demo.deep.test.ts runs it",
  },
  {
    document: "README.md",
    begins: "portlease fleet",
    reason: "they need a fleet; test/docs/cli.test.ts runs the same",
  },
  { document: "README.md", begins: "import { createServer }", by: "test/docs/readme.test.ts" },
  { document: "README.md", begins: "node --import @portlease/client/register", by: "here" },
  { document: "README.md", begins: "npx portlease run", by: "here" },
  { document: "README.md", begins: "grpcurl", by: "test/e2e/grpcurl.deep.test.ts" },
  { document: "README.md", begins: "npm test", reason: "they run the tests" },
  { document: "CONTRIBUTING.md", reason: "they run the tests, and this is one of them" },
  { document: "clients/ts/README.md", by: "test/clients/ts/readme.test.ts" },
  { document: "docs/audit.md", by: "test/docs/pages.test.ts" },
  {
    document: "docs/cli.md",
    begins: "portlease completion powershell",
    reason: "there is no PowerShell; test/delivery/powershell.deep.test.ts parses the script",
  },
  { document: "docs/cli.md", by: "test/docs/cli.test.ts" },
  {
    document: "docs/languages.md",
    begins: "import { createServer }",
    by: "test/docs/languages.test.ts",
  },
  { document: "docs/fleet-configuration.md", by: "test/docs/fleet-configuration.test.ts" },
  { document: "docs/fleet.md", by: "test/docs/fleet.test.ts" },
  { document: "docs/discovery.md", by: "test/docs/discovery.test.ts" },
  { document: "docs/languages.md", by: "test/docs/languages.deep.test.ts" },
  { document: "docs/portserver.md", by: "test/clients/portpicker/portpicker.deep.test.ts" },
  { document: "docs/grpcurl.md", by: "test/e2e/grpcurl-recipes.deep.test.ts" },
  { document: "docs/proxy.md", by: "test/docs/proxy.test.ts" },
  { document: "docs/http.md", by: "test/docs/http.test.ts" },
  { document: "docs/pools.md", by: "test/docs/pages.test.ts" },
  { document: "docs/watching.md", by: "test/docs/pages.test.ts" },
  { document: "docs/security.md", by: "test/docs/security.test.ts" },
  {
    document: "docs/operations.md",
    begins: "npm run package:windows",
    by: "test/delivery/windows-package.deep.test.ts",
  },
  {
    document: "docs/operations.md",
    begins: "Expand-Archive",
    reason:
      "there is no PowerShell; test/delivery/windows-package.deep.test.ts unpacks and runs the zip",
  },
  {
    document: "docs/operations.md",
    begins: "useradd",
    reason: "it needs root and systemd; test/delivery/systemd.test.ts reads the unit",
  },
  {
    document: "docs/operations.md",
    begins: "portlease --version",
    reason: "it needs systemd; test/upgrade/upgrade.deep.test.ts rolls over a version",
  },
  { document: "docs/operations.md", by: "test/docs/operations.test.ts" },
  { document: "docs/troubleshooting.md", by: "test/docs/troubleshooting.test.ts" },
  { document: "docs/run.md", by: "test/docs/run.test.ts" },
  { document: "docs/store.md", by: "test/docs/store.test.ts" },
  {
    document: "docs/doctor.md",
    reason:
      "it tries the host for half a minute; test/clients/cli/doctor.test.ts and test/wine run it",
  },
  { document: "docs/performance.md", reason: "it measures for minutes; test/bench runs it small" },
  { document: "docs/scale.md", reason: "it measures for minutes; test/bench runs it small" },
  { document: "docs/wine-lab.md", reason: "they set up the lab, or stand for tests of test/wine" },
  { document: "docs/windows.md", reason: "PowerShell and netsh of Windows are not here" },
];

const documents = [
  "README.md",
  "CONTRIBUTING.md",
  "clients/ts/README.md",
  ...readdirSync(join(repositoryRoot, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const samples = documents.flatMap(samplesOf).filter(({ language }) => runnable.has(language));

function claimOf({ document, text }: Sample): Claim | undefined {
  const own = claims.filter((claim) => claim.document === document);
  return (
    own.find(({ begins }) => begins !== undefined && text.startsWith(begins)) ??
    own.find(({ begins }) => begins === undefined)
  );
}

describe("the samples of the documents", () => {
  it("are all run by a test, or have a reason why not: see the list in this test", () => {
    const unclaimed = samples.filter((sample) => claimOf(sample) === undefined);
    assert.deepEqual(
      unclaimed.map(({ document, text }) => `${document}: ${text.split("\n", 1)[0]}`),
      [],
    );
  });

  it("are there for each line of the list", () => {
    const claimed = new Set(samples.map(claimOf));
    assert.deepEqual(
      claims.filter((claim) => !claimed.has(claim)),
      [],
    );
  });

  it("are run by tests that are there and read the document", () => {
    for (const { document, by = "here", reason = "" } of claims) {
      if (by === "here") continue;
      assert.ok(existsSync(join(repositoryRoot, by)), by);
      assert.ok(readFileSync(join(repositoryRoot, by), "utf8").includes(basename(document)), by);
      assert.equal(reason, "");
    }
  });
});

/** It knows nothing of portlease, and ends once it has listened. */
const unmodifiedApp = `
const server = require("node:http").createServer();
server.listen(0, () => {
  console.log("app on " + server.address().port);
  server.close();
});
`;

describe("the commands that are run as they stand", function () {
  if (process.platform === "win32") {
    it("are for a shell: run these tests on Linux");
    return;
  }
  this.timeout(120_000);
  let lab: BrokerLab;
  let broker: BrokerProcess;
  let folder = "";

  before(async () => {
    lab = await BrokerLab.open();
    broker = await lab.start();
    folder = lab.newDirectory();
    program("portlease", `exec '${process.execPath}' '${cliPath}' "$@"`);
    // As in a project that has portlease installed.
    program("npx", 'exec "$@"');
    program("node", `exec '${process.execPath}' "$@"`);
    symlinkSync(join(repositoryRoot, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "app.js"), unmodifiedApp);
    program("old-server", 'echo "old on $PORT, reached by $PORTLEASE_PORT"');
    program("reports-server", 'echo "reports on $PORTLEASE_PORT, $LISTEN_FDS socket"');
  });
  after(() => lab.close());

  function program(name: string, script: string): void {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }

  function run(text: string): Promise<CliResult> {
    // What a reader types stands after a prompt, where there is one.
    const commands = text.replaceAll(/^\$ /gm, "");
    const child = spawn("sh", ["-e", "-c", commands], {
      cwd: folder,
      env: { PATH: `${folder}:${process.env["PATH"]}`, PORTLEASE_ADDRESS: broker.address },
      stdio: ["ignore", "pipe", "pipe"],
    });
    // The answer of acquire has the holder key, as it must.
    recordOutput(child, "document-sample", "stderr");
    return finished(child);
  }

  const expected: Readonly<Record<string, RegExp>> = {
    "$ npx portlease acquire": /^port +\d+/m,
    "node --import @portlease/client/register": /^app on \d+$/m,
    "npx portlease run": /^reports on \d+, 1 socket\nold on \d+, reached by \d+$/m,
  };
  const here = samples.filter((sample) => claimOf(sample)?.by === "here");
  for (const sample of here) {
    const claim = claimOf(sample);
    it(`work: ${sample.text.trim()}`, async () => {
      const output = expected[claim?.begins ?? ""];
      const { exitCode, stdout, stderr } = await run(sample.text);
      assert.equal(exitCode, 0, stderr);
      assert.ok(output !== undefined, "what it prints is in this test");
      assert.match(stdout, output);
    });
  }
});

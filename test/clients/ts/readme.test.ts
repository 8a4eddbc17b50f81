// The samples of the client's README (clients/ts/README.md) that use the library, run as they stand against a real broker; the TypeScript ones are compiled first.

import assert from "node:assert/strict";
import { type ChildProcessByStdio, execFileSync, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { BrokerLab } from "../../support/broker-lab.js";
import type { BrokerProcess } from "../../support/broker-process.js";
import { finished, outputMatching } from "../../support/cli.js";
import { samplesOf } from "../../support/document-samples.js";
import { repositoryRoot } from "../../support/repository.js";
import { recordOutput } from "../../support/test-output.js";

/** What each sample does, in the order of the README. */
const conducts = ["serves TCP", "serves TCP", "serves UDP", "ends by itself"] as const;

const samples = samplesOf("clients/ts/README.md").filter(({ text }) =>
  text.includes('from "@portlease/client"'),
);

describe("the samples of the client's README", function () {
  if (process.platform !== "linux") {
    it("bind ports on Linux only: run these tests there");
    return;
  }
  this.timeout(120_000);
  let lab: BrokerLab;
  let broker: BrokerProcess;
  let directory = "";
  const children = new Set<ChildProcessByStdio<null, Readable, Readable>>();

  before(async () => {
    lab = await BrokerLab.open();
    const [first, datagrams] = [await lab.takePorts(8), await lab.takePorts(2)];
    const config = `pools:
  - { name: default, start: ${first}, size: 8 }
  - { name: datagrams, protocol: udp, start: ${datagrams}, size: 2 }
`;
    broker = await lab.start({ poolSize: 0, config });
    // Inside the checkout, so that the package is found by its name.
    directory = mkdtempSync(join(repositoryRoot, ".build", "client-readme-"));
  });
  after(async () => {
    for (const child of children) child.kill("SIGKILL");
    await lab.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it(`are ${conducts.length}`, () => {
    assert.equal(samples.length, conducts.length);
  });

  for (const [index, { language, text }] of samples.entries()) {
    const conduct = conducts[index];
    it(`number ${index + 1} leases, ${conduct}, and leaves nothing leased`, async () => {
      const file = join(directory, `sample-${index + 1}.${language === "ts" ? "mts" : "mjs"}`);
      writeFileSync(file, text);
      if (language === "ts") compile(file);
      const child = spawn(process.execPath, [file.replace(/mts$/, "mjs")], {
        cwd: repositoryRoot,
        env: { ...process.env, PORTLEASE_ADDRESS: broker.address },
        stdio: ["ignore", "pipe", "pipe"],
      });
      children.add(child);
      recordOutput(child, "client-readme");
      const end = finished(child);
      if (conduct === "ends by itself") {
        const { exitCode, stdout, stderr } = await end;
        assert.deepEqual([exitCode, stderr], [0, ""]);
        assert.match(stdout, /^has ports \d+ and \d+\nhas port \d+\n$/);
      } else {
        const line = await outputMatching(child.stdout, /port \d+\n/);
        const port = Number(/port (\d+)\n/.exec(line)?.[1]);
        await (conduct === "serves UDP" ? echo(port) : reach(port));
        child.kill("SIGTERM");
        await end;
      }
      assert.deepEqual(await lab.caller(broker).list(), []);
    });
  }
});

/** To a .mjs beside it. */
function compile(file: string): void {
  const typescript = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));
  const options = [
    "--ignoreConfig",
    "--module",
    "nodenext",
    "--target",
    "es2022",
    "--types",
    "node",
    "--strict",
  ];
  execFileSync(process.execPath, [join(typescript, "bin/tsc"), ...options, file]);
}

async function reach(port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.destroy();
}

/** Resolves when the port answers with what it got. */
async function echo(port: number): Promise<void> {
  const socket = createSocket("udp4");
  try {
    socket.send("hello", port, "127.0.0.1");
    const [message] = (await once(socket, "message")) as [Buffer];
    assert.equal(message.toString(), "hello");
  } finally {
    socket.close();
  }
}

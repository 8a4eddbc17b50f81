// The samples of the client's README, run as they stand against a scripted broker with really held ports.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:net";
import type { ReservedBlock } from "@portlease/native";
import { repositoryRoot } from "../../support/repository.js";
import { recordOutput } from "../../support/test-output.js";
import { FakeLeaseService } from "./support/fake-lease-service.js";
import { holdPorts, portsOf } from "./support/held-ports.js";

const readme = readFileSync(join(repositoryRoot, "clients/ts/README.md"), "utf8");
const samples = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code = ""]) => code);

describe("the samples of the client's README", function () {
  if (process.platform !== "linux") {
    it("bind ports on Linux only: run these tests there");
    return;
  }
  this.timeout(20_000);
  // Inside the checkout, so that the package is found by its name.
  const directory = join(repositoryRoot, ".build/readme-samples");
  let block: ReservedBlock;
  let service: FakeLeaseService;

  before(async () => {
    mkdirSync(directory, { recursive: true });
    block = await holdPorts(1);
    service = await new FakeLeaseService(portsOf(block)).start();
  });
  after(async () => {
    service.stop();
    await block.release();
    rmSync(directory, { recursive: true, force: true });
  });

  it("are two", () => {
    assert.equal(samples.length, 2);
  });

  for (const [index, sample] of samples.entries()) {
    it(`number ${index + 1} listens on the leased port and gives it back at SIGTERM`, async () => {
      const file = join(directory, `sample-${index + 1}.mjs`);
      writeFileSync(file, sample);
      const releasesBefore = service.releases.length;
      const child = spawn(process.execPath, [file], {
        cwd: repositoryRoot,
        env: { ...process.env, PORTLEASE_ADDRESS: service.address },
      });
      recordOutput(child, "readme-sample");
      try {
        const [line] = (await once(child.stdout, "data")) as [Buffer];
        assert.equal(line.toString(), `listening on port ${block.firstPort}\n`);
        const socket = connect(block.firstPort, "127.0.0.1");
        await once(socket, "connect");
        socket.destroy();
        child.kill("SIGTERM");
        await once(child, "close");
      } finally {
        child.kill("SIGKILL");
      }
      assert.equal(service.releases.length, releasesBefore + 1);
    });
  }
});

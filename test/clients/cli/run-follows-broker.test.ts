// `portlease run` when the broker comes back at another address: it finds it by the discovery file, and tells the program's next start.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { BrokerLab } from "../../support/broker-lab.js";
import { type CliProcess, type CliResult, finished, startCli } from "../../support/cli.js";
import { node } from "./support/run-lab.js";

/** Says where the broker is, and ends when it is told to. */
const program = `
const { existsSync, rmSync } = require("fs");
const { END, PORTLEASE_ADDRESS, PORTLEASE_LEASE_ID } = process.env;
console.log(PORTLEASE_ADDRESS + " " + PORTLEASE_LEASE_ID);
setInterval(() => existsSync(END) && (rmSync(END), process.exit(1)), 10);
`;

describe("portlease run without an address", function () {
  this.timeout(120_000);
  let lab: BrokerLab;
  let run: CliProcess | undefined;
  let ended: Promise<CliResult> | undefined;

  before(async function () {
    // The program takes descriptors.
    if (process.platform !== "linux") this.skip();
    lab = await BrokerLab.open();
  });
  afterEach(async () => {
    // The signal is passed on, so that no program stays behind.
    run?.kill("SIGTERM");
    await ended;
  });
  after(() => lab?.close());

  it("keeps its lease with a broker that comes back elsewhere", async () => {
    const folder = lab.newDirectory();
    const file = join(folder, "broker.json");
    const end = join(folder, "end");
    const broker = await lab.start({ flags: ["--discovery-file", file] });
    run = startCli(["run", "--restart", "always", "--env", `END=${end}`, ...node(program)], {
      environment: { PORTLEASE_DISCOVERY_FILE: file },
    });
    ended = finished(run);
    const lines = createInterface({ input: run.stdout })[Symbol.asyncIterator]();
    const nextStart = async (): Promise<string> => (await lines.next()).value ?? assert.fail();
    const [address, leaseId] = (await nextStart()).split(" ");
    assert.equal(address, broker.address);
    await broker.kill("SIGKILL");
    const back = await lab.restart(broker);
    assert.notEqual(back.address, broker.address);
    // It looks where the broker is when it reconnects, which is soon.
    for (let told = ""; told !== `${back.address} ${leaseId}`; told = await nextStart()) {
      writeFileSync(end, "");
    }
    run.kill("SIGTERM");
    assert.equal((await ended).exitCode, 128 + 15);
    assert.deepEqual(await lab.caller(back).list(), []);
  });
});

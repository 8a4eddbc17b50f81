// How the command line finds the broker of the host when nobody says where it is. What a file must be like: test/clients/ts/discovery.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { AccessFiles } from "../../support/access-lab.js";
import { BrokerLab } from "../../support/broker-lab.js";
import { runCli, type CliResult } from "../../support/cli.js";

describe("portlease without an address", function () {
  this.timeout(120_000);
  let lab: BrokerLab;
  let file = "";

  before(async () => {
    lab = await BrokerLab.open();
  });
  beforeEach(() => {
    file = join(lab.newDirectory(), "broker.json");
  });
  after(() => lab.close());

  function list(environment: Readonly<Record<string, string>> = {}): Promise<CliResult> {
    const found = { PORTLEASE_DISCOVERY_FILE: file, ...environment };
    return runCli(["ls", "--json", "--timeout", "3s"], { environment: found });
  }

  it("finds the broker by its discovery file, without a word", async () => {
    await lab.start({ flags: ["--discovery-file", file] });
    const { exitCode, stderr } = await list();
    assert.deepEqual([exitCode, stderr], [0, ""]);
  });

  it("says once which file it leaves aside, and why, beside its one JSON document", async () => {
    const broker = await lab.start({ flags: ["--discovery-file", file] });
    await broker.kill("SIGKILL");
    const killed = await list();
    const aside = `portlease: ${file} is what a broker left behind that does not run any more; it is left aside\n`;
    assert.ok(killed.stderr.startsWith(aside), killed.stderr);
    assert.equal(killed.stderr.split(file).length, 2);
    JSON.parse(killed.stdout);
    writeFileSync(file, "{}");
    assert.match((await list()).stderr, /names no address of this host; it is left aside/);
  });

  it("goes to the local socket of a broker that wants TLS, unless it has what TLS takes", async () => {
    const files = new AccessFiles(lab.newDirectory());
    const { certFile, keyFile } = files.tls();
    const tls = ["--tls-cert-file", certFile, "--tls-key-file", keyFile];
    const flags = ["--discovery-file", file, "--local-socket", "on", ...tls];
    await lab.start({ flags });
    assert.equal((await list()).exitCode, 0);
    const PORTLEASE_CA_FILE = files.caFile();
    assert.equal((await list({ PORTLEASE_CA_FILE })).exitCode, 0);
    const stranger = new AccessFiles(lab.newDirectory()).caFile();
    // So it was the TCP address that was asked.
    assert.match((await list({ PORTLEASE_CA_FILE: stranger })).stderr, /BROKER_UNREACHABLE/);
  });

  it("does not look at files when the environment says where the broker is", async () => {
    const { address } = await lab.start();
    writeFileSync(file, "broken");
    const { exitCode, stderr } = await list({ PORTLEASE_ADDRESS: address });
    assert.deepEqual([exitCode, stderr], [0, ""]);
  });
});

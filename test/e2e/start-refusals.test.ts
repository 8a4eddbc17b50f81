// What keeps `portlease serve` from starting: the exit code and the one line that a person reads. A broker that runs already
// on the same things is not disturbed.

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { exitCodes } from "#cli/exit-codes.js";
import { BrokerLab, type LabBrokerOptions } from "../support/broker-lab.js";
import type { BrokerProcess } from "../support/broker-process.js";
import type { Acquired, LeaseCaller } from "../support/lease-caller.js";
import { itOnPosix } from "../support/platform-only.js";

/** What the broker logs before it gives up. */
const logLine = /^\d{4}-\d\d-\d\dT\S+ (?:INFO|WARN) /;

describe("portlease serve that cannot start", () => {
  let lab: BrokerLab;
  let running: BrokerProcess;
  let caller: LeaseCaller;
  let standing: Acquired;

  before(async () => {
    lab = await BrokerLab.open();
    running = await lab.start({ flags: ["--pool-quarantine", "0"] });
    caller = lab.caller(running);
    standing = await caller.acquire();
  });

  afterEach("the running broker still serves and nothing is lost", async () => {
    assert.equal((await caller.renew(standing)).port, standing.port);
    await caller.release(await caller.acquire());
  });

  after(() => lab.close());

  /** Starts a broker that must not start. Resolves with what it says: one line, besides the log. */
  async function refused(options: LabBrokerOptions, exitCode: number): Promise<string> {
    const failure = await lab.failToStart({ logFormat: "text", ...options });
    assert.equal(failure.exit.exitCode, exitCode, failure.stderr);
    const lines = failure.stderr.trimEnd().split("\n");
    const [line = "", ...others] = lines.filter((text) => !logLine.test(text));
    assert.deepEqual(others, [], failure.stderr);
    assert.match(line, /^portlease: /);
    return line;
  }

  it("tells all that is wrong with the configuration at once: file, line, key and what it must be", async () => {
    const config = "log:\n  level: loud\npools:\n  - name: default\n    size: 0\n";
    const options = { config, poolSize: 0, logFormat: "text" } as const;
    const { exit, stderr } = await lab.failToStart(options);
    assert.equal(exit.exitCode, exitCodes.usage);
    const [head = "", ...lines] = stderr.trimEnd().split("\n");
    assert.match(head, /^portlease: the configuration has 2 problems:$/);
    assert.equal(lines.length, 2);
    assert.match(
      lines[0] ?? "",
      /config\.yaml line 2: log\.level is "loud": it must be one of error,/,
    );
    assert.match(
      lines[1] ?? "",
      /config\.yaml line 5: pools\[0\]\.size is 0: it must be a whole number/,
    );
  });

  it("does not take the data directory of a broker that runs", async () => {
    const { dataDirectory } = running.options;
    const line = await refused({ dataDirectory }, exitCodes.failure);
    assert.match(line, new RegExp(`in use by another broker \\(pid ${running.processId}\\)`));
    assert.match(line, /--data-dir/);
  });

  it("says that the data directory cannot be written", async () => {
    const file = join(lab.newDirectory(), "file");
    writeFileSync(file, "");
    const line = await refused({ dataDirectory: join(file, "data") }, exitCodes.failure);
    assert.match(line, /cannot be written \((?:ENOTDIR|EEXIST)/);
  });

  itOnPosix("says that it has no right to write in the data directory", async () => {
    const dataDirectory = join(lab.newDirectory(), "closed");
    mkdirSync(dataDirectory, { mode: 0o555 });
    // Rights do not bind root: as root, the broker runs as somebody else.
    const isRoot = process.geteuid?.() === 0;
    const wrapper = isRoot ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
    const line = await refused({ dataDirectory, wrapper }, exitCodes.failure);
    assert.match(line, /cannot be written \(EACCES/);
  });

  // On Windows it then takes another port, and a named pipe.
  itOnPosix("says that its address is in use", async () => {
    const stranger = createServer().listen(0, "127.0.0.1");
    await once(stranger, "listening");
    const { port } = stranger.address() as AddressInfo;
    const flags = ["--listen", `127.0.0.1:${port}`];
    const refusal = refused({ flags }, exitCodes.failure);
    const line = await refusal.finally(() => stranger.close());
    assert.match(line, new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port} \\(EADDRINUSE\\)`));
    assert.match(line, /--listen/);
  });

  it("does not take the ports of another broker, and names the port", async () => {
    const [block] = running.ready.blocks;
    assert.ok(block !== undefined);
    const flags = ["--pool-start", String(block.firstPort), "--pool-size", "4"];
    const line = await refused({ flags, poolSize: 0 }, exitCodes.failure);
    assert.match(line, new RegExp(`\\b${block.firstPort}\\b`));
  });
});

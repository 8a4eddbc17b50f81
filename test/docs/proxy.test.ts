// docs/proxy.md against the code: its options and their defaults, its figures, and its samples, which run as they stand there.

import assert from "node:assert/strict";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { highWaterMarkBytes } from "#cli/run/proxy/relay.js";
import { addProxyOptions, proxyOptionsOf } from "#cli/run/proxy/proxy-options.js";
import { finished, startCli } from "../support/cli.js";
import { repositoryRoot } from "../support/repository.js";
import { startTestBroker, type TestBroker } from "../support/running-broker.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

const page = readFileSync(join(repositoryRoot, "docs", "proxy.md"), "utf8");
const samples = (/^```sh\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? "").trimEnd().split("\n");

/** Ends by itself once it could have served. */
const program = `#!/usr/bin/env node
require("node:net").createServer().listen(process.env.PORT, () => process.exit(0));
`;

describe("docs/proxy.md", function () {
  this.timeout(120_000);
  const newDirectory = temporaryDirectories();
  let broker: TestBroker;

  before(async () => {
    broker = await startTestBroker();
  });
  after(() => broker.dispose());

  it("has every option with its default, and no other", () => {
    const rows = [...page.matchAll(/^\| `(--proxy[a-z-]*)` +\| ([^|]*?) +\|/gm)];
    const documented = rows.map(([, name, value]) => [name, value === "" ? undefined : value]);
    const defaults = addProxyOptions(new Command()).options.map(({ long, description }) => [
      long,
      /\(default: ([^)]*)\)/.exec(description)?.[1]?.replace("not", "none"),
    ]);
    assert.deepEqual(documented, defaults);
  });

  it("has the defaults that count", () => {
    const options = proxyOptionsOf({ proxy: true, handover: "auto" }, []);
    assert.match(page, /^\| `--proxy-wait` +\| 30s /m);
    assert.match(page, /^\| `--proxy-drain` +\| 5s /m);
    assert.match(page, /^\| `--proxy-connections` +\| 4000 /m);
    const { waitMs, drainMs, idleMs, connectionsMax } = options ?? {};
    assert.deepEqual([waitMs, drainMs, idleMs, connectionsMax], [30_000, 5_000, null, 4_000]);
    assert.equal(highWaterMarkBytes, 64 * 1024);
  });

  for (const sample of samples) {
    it(`has a command that works: ${sample}`, async function () {
      // Programs with a shebang, and a path of a Unix socket.
      if (process.platform !== "linux") this.skip();
      const directory = newDirectory();
      for (const name of ["server.js", "reports", "mail-gateway"]) {
        writeFileSync(join(directory, name), program);
        chmodSync(join(directory, name), 0o755);
      }
      const [portlease, ...words] = sample.split(" ");
      assert.equal(portlease, "portlease");
      const environment = { PORTLEASE_ADDRESS: broker.address };
      const run = startCli(words, { environment, currentDirectory: directory });
      const { exitCode, stderr } = await finished(run);
      assert.equal(exitCode, 0, stderr);
    });
  }
});

// What docs/http.md tells people to type, typed: curl and buf curl against a broker.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../support/repository.js";
import { startTestBroker, type TestBroker } from "../support/running-broker.js";
import { noteSecret } from "../support/test-output.js";

const page = readFileSync(join(repositoryRoot, "docs", "http.md"), "utf8");
const [calls = "", bufCurl = "", stream = "", asAdmin = ""] = [
  ...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm),
].map(([, code = ""]) => code);

describe("docs/http.md", function () {
  this.timeout(120_000);
  if (spawnSync("curl", ["--version"]).status !== 0 || process.platform === "win32") {
    it("needs curl and a shell, which are not here");
    return;
  }
  let broker: TestBroker;

  before(async () => {
    broker = await startTestBroker();
  });

  after(() => broker.dispose());

  /** Resolves with what it prints until it ends, or until `enough` of it is there. */
  async function typed(command: string, enough?: RegExp): Promise<string> {
    const line = command.replaceAll("127.0.0.1:7601", broker.httpAddress ?? "");
    const child = spawn("sh", ["-euc", `exec ${line}`], {
      cwd: repositoryRoot,
      env: { ...process.env, DATA: broker.dataDirectory },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      if (enough?.test(output) === true) child.kill();
    });
    await once(child, "close");
    return output;
  }

  it("has calls that work by curl", async () => {
    const [getBroker = "", acquire = "", list = ""] = calls.trim().split("\n");
    assert.match(await typed(getBroker), /"version":/);
    const acquired = await typed(acquire);
    noteSecret(/"holderKey":"([^"]+)"/.exec(acquired)?.[1] ?? assert.fail(acquired));
    assert.match(await typed(list), /"service":"orders"/);
  });

  it("has a call that works by buf curl, which is a client of Connect", async () => {
    assert.match(await typed(bufCurl.trim()), /"pool": "default"/);
  });

  it("has a stream that can be read by curl", async () => {
    assert.match(await typed(stream.trim(), /\n\n/), /^data: \{"snapshot":/);
  });

  it("has a call of an operator that works", async () => {
    noteSecret(readFileSync(broker.adminTokenFile, "utf8").trim());
    assert.match(await typed(asAdmin.trim()), /"portCount":16/);
  });
});

// The program as its users get it from npm: packed, installed into an empty project without anything for developers, and run by its
// command under every Node that is supported.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BrokerLab } from "../support/broker-lab.js";
import { HttpCaller } from "../support/http-caller.js";
import { otherNodes } from "../support/other-nodes.js";
import { repositoryRoot } from "../support/repository.js";

/** The program, and what of this repository it depends on. */
const folders = [".", "clients/ts", "src/native", "src/gen"] as const;

function npm(args: readonly string[], cwd: string): string {
  return execFileSync("npm", [...args, "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd,
    encoding: "utf8",
  });
}

describe("portlease, installed alone", function () {
  this.timeout(180_000);
  let project = "";
  let lab: BrokerLab;
  const program = () => join(project, "node_modules", "portlease", "dist", "portlease", "main.js");

  before(async () => {
    lab = await BrokerLab.open();
    project = mkdtempSync(join(tmpdir(), "portlease-alone-"));
    writeFileSync(join(project, "package.json"), '{ "name": "empty", "private": true }');
    const files = folders.map((folder) => {
      const args = ["pack", "--json", "--pack-destination", project];
      const [{ filename }] = JSON.parse(npm(args, join(repositoryRoot, folder))) as [
        { readonly filename: string },
      ];
      return `./${filename}`;
    });
    npm(["install", ...files], project);
  });

  after(async () => {
    await lab.close();
    rmSync(project, { recursive: true, force: true });
  });

  it("has a command that says its version", () => {
    const command = join(project, "node_modules", ".bin", "portlease");
    assert.match(execFileSync(command, ["--version"], { encoding: "utf8" }), /^\d+\.\d+\.\d+\n$/);
  });

  const own = process.versions.node.split(".")[0] ?? "";
  const nodes = [{ major: own, path: process.execPath, missing: "" }, ...otherNodes()];
  for (const { major, path, missing } of nodes) {
    const title = `serves, by gRPC, by HTTP and to its own commands, under Node ${major}`;
    if (path === null) it.skip(`${title} (${missing})`);
    else it(title, () => serves(path));
  }

  async function serves(node: string): Promise<void> {
    const run = (...words: readonly string[]): string =>
      execFileSync(node, [program(), ...words], { encoding: "utf8", timeout: 60_000 });
    const flags = ["--http-listen", "127.0.0.1:0"];
    const broker = await lab.start({ cliPath: program(), nodePath: node, flags });
    const { address, httpAddress, dataDirectory } = broker.ready;
    const words = ["--service", "orders", "--address", address, "--json"];
    const { lease } = JSON.parse(run("acquire", ...words)) as { lease: { port: number } };
    assert.match(run("ls", "--address", address), new RegExp(`\\b${lease.port}\\b`));
    const http = new HttpCaller(httpAddress ?? "");
    assert.match((await http.call("LeaseService/ListLeases")).text, /"orders"/);
    assert.match((await http.get("/metrics")).text, /^portlease_/m);
    assert.equal((await http.get("/")).status, 200);
    await broker.kill("SIGTERM");
    // In a thread of its own.
    run("store", "check", "--data-dir", dataDirectory);
  }
});

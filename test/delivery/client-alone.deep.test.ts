// The client as its users get it: packed, installed into an empty project from the registry, without the server.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "../support/repository.js";

function npm(args: readonly string[], cwd: string): string {
  return execFileSync("npm", [...args, "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd,
    encoding: "utf8",
  });
}

describe("@portlease/client, installed alone (semantics 27)", function () {
  this.timeout(180_000);
  let project = "";

  before(() => {
    project = mkdtempSync(join(tmpdir(), "portlease-client-alone-"));
    writeFileSync(
      join(project, "package.json"),
      '{ "name": "empty", "private": true, "type": "module" }',
    );
    const archives = ["src/gen", "src/native", "clients/ts"].map((folder) => {
      const [{ filename }] = JSON.parse(
        npm(["pack", "--json", "--pack-destination", project], join(repositoryRoot, folder)),
      ) as [{ filename: string }];
      return `./${filename}`;
    });
    npm(["install", ...archives], project);
  });

  after(() => rmSync(project, { recursive: true, force: true }));

  it("brings none of the server's dependencies", () => {
    for (const name of [
      "winston",
      "zod",
      "commander",
      "yaml",
      "@photostructure/sqlite",
      "@grpc/reflection",
    ]) {
      assert.equal(existsSync(join(project, "node_modules", name)), false, name);
    }
  });

  it("can be imported, and says in one sentence that there is no broker", () => {
    const program = `
      import { LeaseClient } from "@portlease/client";
      const client = new LeaseClient({ address: "127.0.0.1:1" });
      try {
        await client.acquire({ service: "orders", acquireTimeoutMs: 500 });
      } catch (error) {
        console.log(error.reason, error.message);
      }
      await client.close();`;
    writeFileSync(join(project, "main.js"), program);
    const output = execFileSync(process.execPath, ["main.js"], { cwd: project, encoding: "utf8" });
    assert.match(output, /^BROKER_UNREACHABLE .*127\.0\.0\.1:1/);
  });
});

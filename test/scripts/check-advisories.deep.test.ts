// The check for known vulnerabilities, by the real npm, against registries that know some, none, or nothing of advisories.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { repositoryRoot } from "../support/repository.js";

const script = join(repositoryRoot, "scripts", "check-advisories.mjs");

/** As the registry tells one: https://docs.npmjs.com/cli/v11/commands/npm-audit#bulk-advisory-endpoint */
const known = {
  winston: [
    {
      id: 1,
      url: "https://example.org/1",
      title: "a hole",
      severity: "high",
      vulnerable_versions: "*",
    },
  ],
};

/** What npm wants to know of a package with a hole: which versions there are. */
const packages = {
  name: "winston",
  "dist-tags": { latest: "3.19.0" },
  versions: { "3.19.0": { name: "winston", version: "3.19.0" } },
};

interface Checked {
  readonly exitCode: number;
  readonly output: string;
}

async function checkAt(registry: RequestListener): Promise<Checked> {
  const server = createServer(registry).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const { port } = server.address() as AddressInfo;
    const words = [script, `--registry=http://127.0.0.1:${port}/`];
    return await new Promise((resolve) => {
      execFile(process.execPath, words, (error, stdout, stderr) => {
        resolve({ exitCode: Number(error?.code ?? 0), output: stdout + stderr });
      });
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function answering(advisories: unknown): RequestListener {
  return (request, response) => {
    request.resume();
    response.setHeader("content-type", "application/json");
    const asked = request.url?.includes("/advisories/bulk") === true;
    response.end(JSON.stringify(asked ? advisories : packages));
  };
}

describe("scripts/check-advisories.mjs", function () {
  this.timeout(120_000);

  it("fails for a package that is installed with the broker, and names it", async () => {
    const { exitCode, output } = await checkAt(answering(known));
    assert.match(output, /winston: high/);
    assert.equal(exitCode, 1);
  });

  it("is content when nothing is known", async () => {
    const { exitCode, output } = await checkAt(answering({}));
    assert.match(output, /no known vulnerabilities/);
    assert.equal(exitCode, 0);
  });

  it("says that nothing was learnt, which is no success, from a mirror without advisories", async () => {
    const { exitCode, output } = await checkAt((_request, response) => {
      response.statusCode = 405;
      response.end();
    });
    assert.match(output, /tells no advisories .*--registry=https:\/\/registry.npmjs.org/s);
    assert.equal(exitCode, 75);
  });
});

// Known vulnerabilities of what is installed with the broker, as the registry tells them. Not every registry does: mirrors often have
// no advisories, and then there is nothing to be said.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { repositoryRoot } from "../support/repository.js";

interface AuditAnswer {
  readonly error?: { readonly code?: string };
  readonly message?: string;
  readonly metadata?: { readonly vulnerabilities: { readonly total: number } };
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string }>>;
}

const answerMsMax = 60_000;

describe("npm audit", () => {
  it("finds nothing in the packages that are installed with the broker", function () {
    this.timeout(answerMsMax + 10_000);
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    const { stdout } = spawnSync(npm, ["audit", "--omit=dev", "--json"], {
      cwd: repositoryRoot,
      encoding: "utf8",
      timeout: answerMsMax,
    });
    const answer = JSON.parse(stdout || "{}") as AuditAnswer;
    if (answer.metadata === undefined) {
      const why = answer.message ?? answer.error?.code ?? "no answer";
      console.log(
        `      the registry tells no advisories (${why}); run "npm audit --omit=dev --registry=https://registry.npmjs.org" where that is reachable`,
      );
      this.skip();
    }
    assert.deepEqual(answer.vulnerabilities, {});
    assert.equal(answer.metadata.vulnerabilities.total, 0);
  });
});

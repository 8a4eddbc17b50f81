// The load generator in Go: its own tests, and how it is written. What it asks of real servers is in smoke.deep.test.ts.

import assert from "node:assert/strict";
import { join } from "node:path";
import { repositoryRoot } from "../support/repository.js";
import { describeWithGo, runGo } from "../languages/support/go-tools.js";

const folder = join(repositoryRoot, "bench", "load");

describeWithGo("the native load generator of the benchmark", function () {
  // Compiling takes minutes where nothing is cached.
  this.timeout(600_000);

  it("passes its tests", async () => {
    const { exitCode, stdout, stderr } = await runGo(
      "go",
      ["test", "-count=1", "./..."],
      {},
      folder,
    );
    assert.equal(exitCode, 0, `${stdout}${stderr}`);
  });

  it("is formatted by gofmt", async () => {
    const nothing = { exitCode: 0, stdout: "", stderr: "" };
    assert.deepEqual(await runGo("gofmt", ["-l", "."], {}, folder), nothing);
  });

  it("needs what its go.mod says, and no more", async () => {
    const { exitCode, stdout, stderr } = await runGo("go", ["mod", "tidy", "-diff"], {}, folder);
    assert.equal(exitCode, 0, `${stdout}${stderr}`);
  });

  for (const system of ["linux", "windows", "darwin"]) {
    it(`passes go vet for ${system}`, async () => {
      const environment = { GOOS: system, CGO_ENABLED: "0" };
      const { exitCode, stderr } = await runGo("go", ["vet", "./..."], environment, folder);
      assert.equal(exitCode, 0, stderr);
    });
  }
});

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { discoveredAddress } from "#server/endpoint/discovered-address.js";
import { DiscoveryFile } from "#server/endpoint/discovery-file.js";
import { temporaryDirectories } from "../../support/temporary-directory.js";

describe("discoveredAddress()", () => {
  const newDirectory = temporaryDirectories();

  function written(processId: number): string {
    const path = join(newDirectory(), "broker.json");
    const addresses = ["127.0.0.1:50123", "unix:/run/broker.sock"];
    new DiscoveryFile(path).write({ version: "1", addresses, processId, startTime: "" });
    return path;
  }

  it("is the first address of a broker that runs", () => {
    assert.equal(discoveredAddress(written(process.pid)), "127.0.0.1:50123");
  });

  it("is not what a broker that was killed left behind", () => {
    const { pid } = spawnSync(process.execPath, ["--version"]);
    assert.equal(discoveredAddress(written(pid)), null);
  });

  it("is not what anything else wrote there", () => {
    const path = join(newDirectory(), "broker.json");
    assert.equal(discoveredAddress(path), null);
    for (const content of ["", "null", "[]", "{}", '{"addresses":[7],"processId":1}']) {
      writeFileSync(path, content);
      assert.equal(discoveredAddress(path), null, content);
    }
  });
});

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { discoveredAddress } from "#server/endpoint/discovered-address.js";
import { DiscoveryFile } from "#server/endpoint/discovery-file.js";
import { temporaryDirectories } from "../../support/temporary-directory.js";

describe("discoveredAddress()", () => {
  const newDirectory = temporaryDirectories();

  function written(
    processId: number,
    addresses: readonly string[] = ["127.0.0.1:50123", "unix:/run/broker.sock"],
  ): string {
    const path = join(newDirectory(), "broker.json");
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

  const elsewhere = [
    "192.0.2.1:7600",
    "db.example:7600",
    "unix:\\\\host\\pipe\\p",
    "unix://host/p",
    "unix:p",
  ];
  const here = ["localhost:7600", "[::1]:7600", "unix:/run/p.sock", "unix:\\\\.\\pipe\\portlease"];
  for (const address of elsewhere) {
    it(`is never ${address}, which may be another host's`, () => {
      assert.equal(discoveredAddress(written(process.pid, [address])), null);
      assert.equal(discoveredAddress(written(process.pid, [address, "[::1]:1"])), "[::1]:1");
    });
  }
  for (const address of here) {
    it(`may be ${address}`, () => {
      assert.equal(discoveredAddress(written(process.pid, [address])), address);
    });
  }

  it("is not what anything else wrote there", () => {
    const path = join(newDirectory(), "broker.json");
    assert.equal(discoveredAddress(path), null);
    for (const content of ["", "null", "[]", "{}", '{"addresses":[7],"processId":1}']) {
      writeFileSync(path, content);
      assert.equal(discoveredAddress(path), null, content);
    }
  });
});

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DiscoveryFile } from "#server/endpoint/discovery-file.js";
import { temporaryDirectories } from "../../support/temporary-directory.js";

const discovery = {
  version: "1.0.0",
  addresses: ["127.0.0.1:7600"],
  tls: false,
  http: "http://127.0.0.1:7601/",
  processId: 700,
  startTime: "2026-01-01T00:00:00.000Z",
};

describe("DiscoveryFile", () => {
  const newDirectory = temporaryDirectories();
  let folder = "";
  const path = (): string => join(folder, "broker.json");

  beforeEach(() => {
    folder = join(newDirectory(), "run", "portlease");
  });

  it("says where the broker is, to everybody, whatever the umask, and leaves nothing beside it", () => {
    const umask = process.umask(0o077);
    try {
      new DiscoveryFile(path()).write(discovery);
    } finally {
      process.umask(umask);
    }
    assert.deepEqual(JSON.parse(readFileSync(path(), "utf8")), discovery);
    assert.equal(statSync(path()).mode & 0o777, 0o644);
    assert.deepEqual(readdirSync(folder), ["broker.json"]);
  });

  it("is taken away by the broker that wrote it", () => {
    const file = new DiscoveryFile(path());
    file.write(discovery);
    file.remove();
    file.remove();
    assert.ok(!existsSync(path()));
  });

  it("stays when another broker wrote its own since", () => {
    const first = new DiscoveryFile(path());
    first.write(discovery);
    const later = { ...discovery, startTime: "2026-01-02T00:00:00.000Z" };
    new DiscoveryFile(path()).write(later);
    first.remove();
    assert.deepEqual(JSON.parse(readFileSync(path(), "utf8")), later);
  });
});

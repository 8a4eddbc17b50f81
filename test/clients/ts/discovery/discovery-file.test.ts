import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readDiscovery, type DiscoveryAnswer } from "#client/discovery/discovery-file.js";
import { DiscoveryFile } from "#server/endpoint/discovery-file.js";
import { temporaryDirectories } from "../../../support/temporary-directory.js";

const both = ["127.0.0.1:50123", "unix:/run/broker.sock"];

describe("readDiscovery()", () => {
  const newDirectory = temporaryDirectories();

  function written(addresses: readonly string[] = both, processId = process.pid): string {
    const path = join(newDirectory(), "broker.json");
    const rest = { version: "1", tls: true, http: null, startTime: "" };
    new DiscoveryFile(path).write({ ...rest, addresses, processId });
    return path;
  }

  it("believes what a broker of this user wrote that runs", () => {
    const place = { addresses: both, tls: true };
    assert.deepEqual(readDiscovery(written()), { state: "found", place });
  });

  it("finds nothing where there is no file", () => {
    const directory = newDirectory();
    assert.deepEqual(readDiscovery(join(directory, "broker.json")), { state: "absent" });
    writeFileSync(join(directory, "file"), "");
    assert.deepEqual(readDiscovery(join(directory, "file", "broker.json")), { state: "absent" });
  });

  it("knows a broker that does not say whether it wants TLS, as the first ones did not", () => {
    const path = join(newDirectory(), "broker.json");
    writeFileSync(path, JSON.stringify({ addresses: both, processId: process.pid }));
    const answer = readDiscovery(path);
    assert.ok(answer.state === "found" && answer.place.tls === null);
  });

  it("leaves aside what a broker left behind that was killed", () => {
    const { pid } = spawnSync(process.execPath, ["--version"]);
    assertUnusable(readDiscovery(written(both, pid)), /does not run any more/);
  });

  const elsewhere = [
    "192.0.2.1:7600",
    "db.example:7600",
    "127.0.0.1",
    "unix:\\\\host\\pipe\\p",
    "unix://host/p",
    "unix:p",
    "unix-abstract:p",
  ];
  const here = ["localhost:7600", "[::1]:7600", "unix:/run/p.sock", "unix:\\\\.\\pipe\\portlease"];
  for (const address of elsewhere) {
    it(`never believes ${address}, which is no socket that is surely of this host`, () => {
      assertUnusable(readDiscovery(written([address])), /no address of this host/);
      assert.deepEqual(addressesOf(readDiscovery(written([address, "[::1]:1"]))), ["[::1]:1"]);
    });
  }
  for (const address of here) {
    it(`believes ${address}`, () => {
      assert.deepEqual(addressesOf(readDiscovery(written([address]))), [address]);
    });
  }

  it("leaves aside what is broken", () => {
    const path = join(newDirectory(), "broker.json");
    for (const content of ["", "{", "null", "7"]) {
      writeFileSync(path, content);
      assertUnusable(readDiscovery(path), /is no discovery file/);
    }
    for (const content of ["[]", "{}", '{"addresses":[7],"processId":1}']) {
      writeFileSync(path, content);
      assertUnusable(readDiscovery(path), /no address of this host/);
    }
    for (const processId of [undefined, "1", 0, -1, 1.5]) {
      writeFileSync(path, JSON.stringify({ addresses: both, processId }));
      assertUnusable(readDiscovery(path), /does not run any more/);
    }
    truncateSync(path, 100_000);
    assertUnusable(readDiscovery(path), /too large/);
  });

  describe("of somebody else", function () {
    if (process.platform === "win32") {
      it("is told by its owner on Windows: test/native/win32 has the tests");
      return;
    }

    it("leaves aside what others can write", () => {
      const path = written();
      for (const mode of [0o664, 0o646]) {
        chmodSync(path, mode);
        assertUnusable(readDiscovery(path), /can be written by other users/);
      }
    });

    it("leaves aside what belongs to another user", function () {
      if (process.geteuid?.() !== 0) return this.skip();
      const path = written();
      chownSync(path, 65_534, 65_534);
      assertUnusable(readDiscovery(path), /belongs to user id 65534/);
    });

    it("is not led elsewhere by a link, and does not wait for a pipe", () => {
      const directory = newDirectory();
      const link = join(directory, "broker.json");
      symlinkSync(written(), link);
      assertUnusable(readDiscovery(link), /cannot be read/);
      const pipe = join(directory, "pipe.json");
      assert.equal(spawnSync("mkfifo", [pipe]).status, 0);
      assertUnusable(readDiscovery(pipe), /is no file/);
      mkdirSync(join(directory, "folder.json"));
      assertUnusable(readDiscovery(join(directory, "folder.json")), /is no file/);
    });
  });
});

function addressesOf(answer: DiscoveryAnswer): readonly string[] {
  return answer.state === "found" ? answer.place.addresses : [];
}

function assertUnusable(answer: DiscoveryAnswer, why: RegExp): void {
  assert.match(answer.state === "unusable" ? answer.why : answer.state, why);
}

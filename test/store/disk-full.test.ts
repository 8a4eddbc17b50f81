// A full disk, for real: a small file system in a mount namespace of its own. Nothing acknowledged is lost, the error is clear,
// and once there is space the store goes on; then the process is killed, and still nothing is lost.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryDirectories } from "../support/temporary-directory.js";

const program = fileURLToPath(new URL("../support/store-disk-full.js", import.meta.url));
/** Root needs no user namespace; others do, and not every host allows them. */
const namespaces = [["-m"], ["-Urm"]];

describe("the store on a full disk (semantics 1)", function () {
  this.timeout(120_000);
  const makeDirectory = temporaryDirectories();
  let flags: readonly string[] = [];

  before(function () {
    if (process.platform !== "linux") this.skip();
    const script = "mount -t tmpfs none /mnt";
    const works = namespaces.find(
      (each) => spawnSync("unshare", [...each, "sh", "-c", script]).status === 0,
    );
    if (works === undefined) {
      console.log(
        "      pending: this host allows no mount namespace; as root run: sysctl -w kernel.unprivileged_userns_clone=1",
      );
      this.skip();
    }
    flags = works;
  });

  /** Runs the steps one after the other in one small file system; returns the journal. */
  function runSteps(megabytes: number, ...steps: readonly string[]): string[] {
    const outside = makeDirectory();
    const journal = join(outside, "journal");
    const mountPoint = makeDirectory();
    const runs = steps.map((step) => `"$1" "$2" ${step} "$3/data" "$4"`).join("; ");
    const script = `mount -t tmpfs -o size=${megabytes}m none "$3" && { ${runs}; }`;
    const args = [
      ...flags,
      "sh",
      "-c",
      script,
      "sh",
      process.execPath,
      program,
      mountPoint,
      journal,
    ];
    const { stderr } = spawnSync("unshare", args, { encoding: "utf8" });
    const text = readFileSync(journal, "utf8");
    assert.doesNotMatch(stderr.replaceAll("Killed", "").trim(), /\S/);
    return text.trim().split("\n");
  }

  for (const megabytes of [2, 3]) {
    it(`keeps everything acknowledged on ${megabytes} MB, and goes on once there is space`, () => {
      const journal = runSteps(megabytes, "run", "verify");
      const steps = journal.filter((line) => !line.startsWith("lease "));
      const acknowledged = journal.length - steps.length;
      assert.ok(acknowledged > 100, `${acknowledged} leases`);
      assert.deepEqual(steps, [
        "growing DISK_FULL",
        "probe DISK_FULL",
        "full-load the disk is full: leases can be renewed, but nothing can be recorded until there is space",
        "still-full DISK_FULL",
        "probe ok",
        "again all",
        `verified ${acknowledged} lost 0`,
      ]);
    });
  }

  it("says so when there is no space to begin with", () => {
    assert.deepEqual(runSteps(1, "create"), ["create DISK_FULL"]);
  });
});

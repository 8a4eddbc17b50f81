// Who a process is and which sockets it has: the parser on captured text, the walk on this process and a child.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { parseProcStat } from "#native/posix/proc-stat.js";
import { findSocketHoldersNow, identifyProcess } from "#native/posix/processes.js";
import { describeOnLinux } from "./support/linux-only.js";

/** Linux 6.18 x86_64, 2026-11-22, a Node process; the name was changed to a difficult one. */
const stat =
  "7715 (a) b (c) S 7714 7714 7642 0 -1 4194304 6034 0 0 0 11 3 0 0 20 0 11 0 271473 1113309184 15103 " +
  "18446744073709551615 4194304 4212052 140733 0 0 0 0 4096 134300162 0 0 0 17 1 0 0 0 0 0 4225528 4226064 1 2 3 4 5 0\n";

describe("parseProcStat()", () => {
  it("finds name and start time behind a name with spaces and parentheses", () => {
    const expected = { name: "a) b (c", ended: false, parentId: 7714, startTicks: "271473" };
    assert.deepEqual(parseProcStat(stat), expected);
  });

  it("takes a zombie for ended, unless other threads of it live on", () => {
    assert.equal(parseProcStat(stat.replace(") S ", ") Z "))?.ended, false);
    const alone = stat.replace(") S ", ") Z ").replace(" 20 0 11 0 ", " 20 0 1 0 ");
    assert.equal(parseProcStat(alone)?.ended, true);
  });

  it("refuses other text", () => {
    for (const other of ["", "7715", "7715 (node", "7715 (node) S 1 2"]) {
      assert.equal(parseProcStat(other), null, other);
    }
  });
});

describeOnLinux("identifyProcess()", () => {
  it("tells two processes apart, and knows when one has ended", async () => {
    const child = spawn(process.execPath, ["-e", "process.stdin.resume()"], { stdio: "pipe" });
    await once(child, "spawn");
    assert.ok(child.pid !== undefined);
    const [self, other] = [identifyProcess(process.pid), identifyProcess(child.pid)];
    assert.ok(self !== null && other !== null);
    assert.notEqual(self.startTime, other.startTime);
    assert.equal(self.processName, "node");
    const exited = once(child, "exit");
    child.stdin.end();
    await exited;
    assert.equal(identifyProcess(child.pid), null);
  });
});

describeOnLinux("findSocketHoldersNow()", () => {
  it("finds nobody for sockets that do not exist, and asks nobody for none", () => {
    assert.equal(findSocketHoldersNow(new Set([4_294_967_295])).size, 0);
    assert.equal(findSocketHoldersNow(new Set()).size, 0);
  });
});

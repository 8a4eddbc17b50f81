// Whether a process still runs, asked again and again and once, on real children.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { constants } from "node:os";
import { loadLibc } from "#native/posix/bindings.js";
import { hasProcessEnded, watchProcess } from "#native/posix/process-watch.js";
import { identifyProcess } from "#native/posix/processes.js";
import { describeOnLinux } from "./support/linux-only.js";
import { eventually } from "../support/eventually.js";

describeOnLinux("watchProcess()", () => {
  let child: ChildProcess;
  let processId: number;

  beforeEach(async () => {
    child = spawn(process.execPath, ["-e", "process.stdin.resume()"], { stdio: "pipe" });
    await once(child, "spawn");
    processId = child.pid ?? assert.fail();
  });

  afterEach(() => void child.kill("SIGKILL"));

  const end = async (): Promise<void> => {
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  const descriptors = (): number => readdirSync("/proc/self/fd").length;

  it("sees a process end, and gives its descriptor back", async () => {
    const libc = loadLibc();
    const watch = watchProcess(libc, identifyProcess, processId) ?? assert.fail();
    assert.deepEqual(watch.identity, identifyProcess(processId));
    assert.equal(watch.hasExited(), false);
    await end();
    assert.equal(watch.hasExited(), true);
    const open = descriptors();
    watch.close();
    const closed = descriptors();
    assert.equal(open - closed, 1);
    assert.equal(watchProcess(libc, identifyProcess, processId), null);
    assert.equal(descriptors(), closed);
  });

  it("has nothing to watch with on a kernel without process descriptors", () => {
    const older = { ...loadLibc(), syscall: () => -1 };
    assert.equal(watchProcess(older, identifyProcess, processId), null);
  });

  it("takes one of which only the entry for its parent is left for ended", async () => {
    const script = "sleep 1000 & echo $!; kill $!; exec sleep 1000";
    const parent = spawn("/bin/sh", ["-c", script], { stdio: ["ignore", "pipe", "ignore"] });
    try {
      const [line] = (await once(parent.stdout, "data")) as [Buffer];
      const zombie = Number(line.toString());
      const { startTime } = identifyProcess(zombie) ?? { startTime: "ended already" };
      await eventually("an entry that nobody asks for", () => identifyProcess(zombie) === null);
      assert.equal(hasProcessEnded(identifyProcess, { processId: zombie, startTime }), true);
      assert.equal(watchProcess(loadLibc(), identifyProcess, zombie), null);
    } finally {
      parent.kill("SIGKILL");
    }
  });
});

describeOnLinux("hasProcessEnded()", () => {
  it("does not know of a process that may be neither seen nor signalled, as with the mount option hidepid", () => {
    const asked = { processId: process.pid, startTime: "whenever" };
    const failWith = (name: "EPERM" | "ESRCH") => (): never => {
      throw Object.assign(new Error(name), { errno: -constants.errno[name] });
    };
    assert.equal(
      hasProcessEnded(() => null, asked, failWith("EPERM")),
      null,
    );
    assert.equal(
      hasProcessEnded(() => null, asked, failWith("ESRCH")),
      true,
    );
  });
});

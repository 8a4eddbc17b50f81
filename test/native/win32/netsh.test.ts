// What becomes of a netsh that does not start or does not end by itself: programs of this machine stand in for it.

import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SystemNetsh } from "#native/win32/netsh.js";
import { NativeError } from "#native/native-error.js";
import { describeOnLinux } from "../support/linux-only.js";

const node = process.execPath;

describeOnLinux("SystemNetsh", () => {
  it("gives the exit code and what was said, whatever the code", async () => {
    const script = "console.log('no such filter'); process.exitCode = 1";
    const { exitCode, output } = await new SystemNetsh(node).run(["-e", script]);
    assert.deepEqual([exitCode, output.toString().trim()], [1, "no such filter"]);
    assert.equal(new SystemNetsh(node).runSync(["-e", script]).exitCode, 1);
  });

  it("says that there is none", async () => {
    const netsh = new SystemNetsh("no-such-netsh.exe");
    await assert.rejects(netsh.run([]), isFailure("UNSUPPORTED", /no netsh|no-such-netsh/u));
    assert.throws(() => netsh.runSync([]), isFailure("UNSUPPORTED", /no-such-netsh/u));
  });

  it("says why it could not be started, also where the start itself throws", async () => {
    // A name that no system takes is refused as a refusal without a name is: by an exception.
    const netsh = new SystemNetsh("net\0sh.exe");
    await assert.rejects(netsh.run([]), isFailure("OS_ERROR", /null bytes/u));
  });

  it("is started again where its start was refused", async () => {
    const folder = await mkdtemp(join(tmpdir(), "portlease-netsh-"));
    const path = join(folder, "netsh.exe");
    await writeFile(path, "#!/bin/sh\necho started\n", { mode: 0o600 });
    const result = new SystemNetsh(path).run([]);
    await chmod(path, 0o700);
    assert.equal((await result).output.toString(), "started\n");
    await rm(folder, { recursive: true });
  });

  it("says that it was stopped", async () => {
    const script = "process.kill(process.pid, 'SIGKILL')";
    await assert.rejects(new SystemNetsh(node).run(["-e", script]), isFailure("OS_ERROR", /./u));
    assert.throws(
      () => new SystemNetsh(node).runSync(["-e", script]),
      isFailure("OS_ERROR", /stopped/u),
    );
  });
});

function isFailure(code: string, message: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof NativeError && error.code === code && message.test(error.message);
}

// When the program of `portlease run` counts as ended, and when as not started.

import assert from "node:assert/strict";
import { ChildProcess, spawn } from "node:child_process";
import { endOf } from "#cli/run/child-exit.js";
import { CliFailure } from "#cli/cli-failure.js";

describe("the end of the program", () => {
  const unsaid = (text: string) => assert.fail(text);

  it("is none when it cannot be sent a signal, as a program of another user: it goes on, and so do its leases", async () => {
    const child = Object.assign(new ChildProcess(), { pid: 4_711 });
    const notes: string[] = [];
    const end = endOf(child, (text) => notes.push(text));
    // What kill() does where the system refuses: https://nodejs.org/api/child_process.html#event-error
    for (let time = 0; time < 2; time += 1) child.emit("error", new Error("kill EPERM"));
    child.emit("exit", 7, null);
    assert.deepEqual(await end, { exitCode: 7, signal: null });
    assert.match(notes.join("\n"), /process 4711 .*: kill EPERM\n/);
  });

  it("is a failure of the command when it cannot be started", async () => {
    const file = "/nowhere/program";
    await assert.rejects(endOf(spawn(file), unsaid), (error) => {
      assert.ok(error instanceof CliFailure);
      assert.equal(error.exitCode, 126);
      return error.message.includes("ENOENT");
    });
  });
});

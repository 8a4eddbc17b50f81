// How `portlease run` finds its program.

import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findCommand } from "#cli/run/find-command.js";

describe("findCommand", () => {
  let directory: string;
  const file = (name: string, mode: number): string => {
    const path = join(directory, name);
    writeFileSync(path, "#!/bin/sh\n");
    chmodSync(path, mode);
    return path;
  };
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "portlease-find-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it("takes the first executable file in the folders of PATH", () => {
    mkdirSync(join(directory, "a"));
    mkdirSync(join(directory, "b"));
    mkdirSync(join(directory, "a", "tool"));
    const path = file("b/tool", 0o755);
    assert.equal(findCommand("tool", `${directory}/none:${directory}/a:${directory}/b`), path);
  });

  it("goes on past a folder of PATH that cannot be looked into", () => {
    const path = file("tool", 0o755);
    const loop = join(directory, "loop");
    symlinkSync(loop, loop);
    assert.equal(findCommand("tool", `${loop}:${directory}`), path);
    assert.throws(() => findCommand("tool", loop), { exitCode: 127 });
  });

  it("takes a path as it is", () => {
    const path = file("tool", 0o755);
    assert.equal(findCommand(path, undefined), path);
  });

  it("says 127 for what does not exist", () => {
    for (const name of ["no-such-tool", join(directory, "no-such-tool")]) {
      assert.throws(() => findCommand(name, directory), {
        exitCode: 127,
        code: "COMMAND_NOT_FOUND",
      });
    }
  });

  it("says 126 for a file that cannot be executed", () => {
    const path = file("notes", 0o644);
    for (const name of ["notes", path]) {
      assert.throws(() => findCommand(name, directory), {
        exitCode: 126,
        code: "COMMAND_NOT_EXECUTABLE",
      });
    }
  });
});

// How `portlease run` finds its program on Windows. The rules are text alone, so they are tested everywhere.

import assert from "node:assert/strict";
import { findWindowsCommand } from "#cli/run/find-windows-command.js";

describe("findWindowsCommand", () => {
  /** As on Windows, where names have no case. */
  const find = (name: string, files: readonly string[], pathExtensions?: string): string =>
    findWindowsCommand(name, {
      searchPath: String.raw`C:\Windows;;"C:\Program Files\tools";D:\bin`,
      pathExtensions,
      isFile: (path) => files.some((file) => file.toLowerCase() === path.toLowerCase()),
    });

  it("takes the first .exe or .com in the folders of PATH, quotes and all", () => {
    const files = [String.raw`D:\bin\tool.exe`, String.raw`C:\Program Files\tools\tool.exe`];
    assert.equal(find("tool", files), String.raw`C:\Program Files\tools\tool.exe`);
    assert.equal(find("tool.EXE", files), String.raw`C:\Program Files\tools\tool.EXE`);
    assert.equal(find("TOOL", [String.raw`D:\bin\tool.com`]), String.raw`D:\bin\TOOL.com`);
  });

  it("prefers what PATHEXT prefers", () => {
    const files = [String.raw`D:\bin\tool.exe`, String.raw`D:\bin\tool.com`];
    assert.equal(find("tool", files), String.raw`D:\bin\tool.com`);
    assert.equal(find("tool", files, ".CMD;.EXE;.COM;.JS"), String.raw`D:\bin\tool.exe`);
  });

  it("takes a path as it is, with or without its ending", () => {
    for (const [name, file] of [
      [String.raw`.\tool`, String.raw`.\tool.exe`],
      ["./tool", "./tool.exe"],
      [String.raw`C:\x\tool.exe`, String.raw`C:\x\tool.exe`],
      ["C:tool", "C:tool.exe"],
    ] as const) {
      assert.equal(find(name, [file]), file);
    }
  });

  it("does not look into the current folder unless told to", () => {
    assert.throws(() => find("tool", ["tool.exe", String.raw`.\tool.exe`]), { exitCode: 127 });
  });

  it("says 127 for what does not exist", () => {
    for (const name of ["tool", String.raw`C:\x\tool`]) {
      assert.throws(() => find(name, []), { exitCode: 127, code: "COMMAND_NOT_FOUND" });
    }
  });

  it("says 126 for batch files and other scripts, and how to start them", () => {
    for (const [name, file] of [
      ["npm", String.raw`D:\bin\npm.cmd`],
      ["setup.bat", String.raw`C:\Windows\setup.bat`],
      [String.raw`C:\x\notes.txt`, String.raw`C:\x\notes.txt`],
    ] as const) {
      assert.throws(
        () => find(name, [file]),
        (error: Error & { exitCode?: unknown; code?: unknown }) => {
          assert.deepEqual([error.exitCode, error.code], [126, "COMMAND_NOT_EXECUTABLE"]);
          assert.ok(error.message.includes(`cmd.exe /d /c ${file}`), error.message);
          return true;
        },
      );
    }
  });

  it("takes a program further down in PATH before a script further up", () => {
    const files = [String.raw`C:\Windows\tool.cmd`, String.raw`D:\bin\tool.exe`];
    assert.equal(find("tool", files), String.raw`D:\bin\tool.exe`);
  });
});

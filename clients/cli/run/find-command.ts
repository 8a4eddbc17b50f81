// Finds the program that `portlease run` is to start, before anything is leased for it. The rules are those of exec(3) and of
// the shell's exit codes: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_09_01_01

import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { CliFailure } from "../cli-failure.js";
import { exitCodes } from "../exit-codes.js";

/** The file to execute. Throws CliFailure with exit code 127 (not found) or 126 (not executable). */
export function findCommand(name: string, searchPath: string | undefined): string {
  const candidates = name.includes("/") ? [name] : searched(name, searchPath ?? "/usr/bin:/bin");
  const files = candidates.filter(isFile);
  const executable = files.find(isExecutable);
  if (executable !== undefined) return executable;
  const [file] = files;
  if (file !== undefined) {
    throw new CliFailure(
      exitCodes.runNotExecutable,
      "COMMAND_NOT_EXECUTABLE",
      "",
      `${file} cannot be executed; run "chmod +x ${file}" or name its interpreter`,
    );
  }
  const where = name.includes("/") ? "there is no such file" : "it is in no folder of PATH";
  throw new CliFailure(
    exitCodes.runNotFound,
    "COMMAND_NOT_FOUND",
    "",
    `the command ${JSON.stringify(name)} was not found: ${where}; check the spelling or give its path`,
  );
}

/** An empty entry of PATH means the current folder. */
function searched(name: string, searchPath: string): readonly string[] {
  return searchPath.split(delimiter).map((folder) => join(folder === "" ? "." : folder, name));
}

/** What cannot be looked at, as in a folder of another user, is no file for this one: the search goes on, as exec(3) does. */
function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

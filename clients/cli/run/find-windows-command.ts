// Finds the program that `portlease run` is to start on Windows, before anything is leased for it. Only what Windows itself can
// start: .exe and .com files. Batch files are left to their interpreter, because it takes arguments apart in its own way
// (https://nodejs.org/api/child_process.html#spawning-bat-and-cmd-files-on-windows).

import { statSync } from "node:fs";
import { win32 } from "node:path";
import { CliFailure } from "../cli-failure.js";
import { exitCodes } from "../exit-codes.js";

export interface WindowsSearch {
  /** PATH: folders with semicolons between them, each perhaps in quotes. */
  readonly searchPath: string | undefined;
  /** PATHEXT: which endings may be left out of a name, in order of preference. */
  readonly pathExtensions: string | undefined;
  readonly isFile: (path: string) => boolean;
}

/** What CreateProcess starts. https://learn.microsoft.com/en-us/windows/win32/api/processthreadsapi/nf-processthreadsapi-createprocessw */
const startable: ReadonlySet<string> = new Set([".com", ".exe"]);

/** The beginning of the value that Windows sets. https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/start */
const defaultExtensions = ".COM;.EXE";

/** What a name may stand for besides, so that the failure can say more than "not found". */
const scripts = [".cmd", ".bat", ".ps1"] as const;

/**
 * The file to start. A name without a folder is looked for in the folders of PATH, and not in the current folder, where anybody
 * may have put something. Throws CliFailure with exit code 127 (not found) or 126 (not an .exe or .com file).
 */
export function findWindowsCommand(name: string, search: WindowsSearch): string {
  const places = hasFolder(name) ? [name] : searched(name, search.searchPath ?? "");
  const endings = endingsOf(search.pathExtensions ?? defaultExtensions);
  for (const place of places) {
    const candidates = isStartable(place) ? [place] : endings.map((ending) => place + ending);
    const found = candidates.find(search.isFile);
    if (found !== undefined) return found;
  }
  const others = places.flatMap((place) => [place, ...scripts.map((ending) => place + ending)]);
  const other = others.find(search.isFile);
  if (other !== undefined) throw notStartable(other);
  const where = hasFolder(name) ? "there is no such file" : "it is in no folder of PATH";
  throw new CliFailure(
    exitCodes.runNotFound,
    "COMMAND_NOT_FOUND",
    "",
    `the command ${JSON.stringify(name)} was not found: ${where}; check the spelling or give its path`,
  );
}

export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** "C:tool" too: the current folder of another drive. */
function hasFolder(name: string): boolean {
  return /[\\/:]/.test(name);
}

function searched(name: string, searchPath: string): readonly string[] {
  const folders = searchPath.split(";").map((folder) => folder.replaceAll('"', ""));
  return folders.filter((folder) => folder !== "").map((folder) => win32.join(folder, name));
}

function endingsOf(pathExtensions: string): readonly string[] {
  return pathExtensions
    .toLowerCase()
    .split(";")
    .filter((ending) => startable.has(ending));
}

function isStartable(path: string): boolean {
  return startable.has(win32.extname(path).toLowerCase());
}

function notStartable(file: string): CliFailure {
  return new CliFailure(
    exitCodes.runNotExecutable,
    "COMMAND_NOT_EXECUTABLE",
    "",
    `${file} is no .exe or .com file, and Windows starts nothing else by itself; name its interpreter, such as ` +
      `"portlease run -- cmd.exe /d /c ${file}" for a batch file`,
  );
}

// Where everything of the Wine lab lies: sources in test/wine, all that is made from them in .build/wine.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fail, root } from "../prepare.mjs";

export const sources = join(root, "test", "wine");
export const lab = join(root, ".build", "wine");
export const programs = join(lab, "bin");
export const prefix = join(lab, "prefix");
export const app = join(lab, "app");
/** What a finished set-up says about itself; scripts and tests read where things are from here. */
export const description = join(lab, "lab.json");

/** Each Windows Node has a folder of its own, since the DLLs that it loads lie next to it. */
export const nodeFolder = (major) => join(lab, `node${major}`);

/** Wine looks for the Linux halves of its DLLs here (WINEDLLPATH). */
export const wineDllPath = join(lab, "dll");

const wineLibraryFolders = [
  "/usr/lib/x86_64-linux-gnu/wine",
  "/usr/lib/wine",
  "/opt/wine-stable/lib64/wine",
  "/usr/lib64/wine",
];

/** The folder of Wine's own DLLs. */
export function wineLibraries() {
  const found = wineLibraryFolders.find((folder) => existsSync(join(folder, "x86_64-windows")));
  if (found === undefined) {
    fail(`Wine's DLLs are in none of ${wineLibraryFolders.join(", ")}; install Debian's wine64`);
  }
  return found;
}

/** How a Windows program calls a file of this machine: Wine shows the root folder as drive Z. */
export const windowsPath = (path) => `Z:${path.replaceAll("/", "\\")}`;

/** What every program of the lab needs in its environment. The DLLs next to node.exe stand in front of Wine's own. */
export const wineEnvironment = {
  WINEPREFIX: prefix,
  WINEDLLPATH: wineDllPath,
  WINEDLLOVERRIDES: "ws2_32,iphlpapi,advapi32,netsh.exe=n,b;mscoree,mshtml=",
  WINEDEBUG: "-all",
  // Node refuses what Wine says its Windows version is, unless told not to look.
  NODE_SKIP_PLATFORM_CHECK: "1",
};

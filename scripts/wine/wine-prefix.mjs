// Makes the Windows machine of the lab: a Wine prefix of its own, never the user's.
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { prefix, programs, wineEnvironment } from "./lab-paths.mjs";
import { runTool } from "./run-tool.mjs";

// The overrides are for Node's folder; the tools that make the prefix run on Wine's own DLLs.
const environment = { ...process.env, WINEPREFIX: prefix, WINEDEBUG: "-all", DISPLAY: "" };
const options = { env: { ...environment, WINEDLLOVERRIDES: "mscoree,mshtml=" } };

export function createPrefix() {
  rmSync(prefix, { recursive: true, force: true });
  mkdirSync(prefix, { recursive: true });
  runTool("wineboot", ["-i"], options);
  runTool(
    "wine",
    ["reg", "add", "HKCU\\Software\\Wine", "/v", "Version", "/d", "win10", "/f"],
    options,
  );
  // Wine writes the registry to disk when the server of the prefix ends.
  runTool("wineserver", ["-w"], options);
}

/** The product calls %SystemRoot%\System32\netsh.exe; WINEDLLOVERRIDES prefers the file there to Wine's own. */
export function installNetsh() {
  copyFileSync(
    join(programs, "netsh.exe"),
    join(prefix, "drive_c", "windows", "system32", "netsh.exe"),
  );
}

/** Ends what still runs in the lab's prefix, and the server that keeps it for a few seconds. Never touches another prefix. */
export function stopPrefix() {
  const env = { ...process.env, ...wineEnvironment };
  runTool("sh", ["-c", "wineserver -k; wineserver -w"], { env });
}

// Makes the Windows machine of the lab: a Wine prefix of its own, never the user's.
import { spawnSync } from "node:child_process";
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

/**
 * Starts the server of the lab's prefix and Windows' own services in it, to stay until `stopPrefix`. Otherwise the first program
 * starts them, they keep its output open, and whoever waits for the end of that waits for seconds more.
 */
export function startPrefix() {
  const env = { ...process.env, ...wineEnvironment };
  runTool("wineserver", ["-p"], { env, stdio: "ignore" });
  runTool("wine", [join(programs, "portpoolctl.exe"), "guesses"], { env, stdio: "ignore" });
}

/** Ends what still runs in the lab's prefix, and its server. Never touches another prefix. */
export function stopPrefix() {
  const env = { ...process.env, ...wineEnvironment };
  // Fails when there is no server, which is what is wanted.
  spawnSync("wineserver", ["-k"], { env, stdio: "ignore" });
  runTool("wineserver", ["-w"], { env, stdio: "ignore" });
}

// Compiles the lab's own C: the emulated pool as a DLL, and the programs that tests use beside it.
import { mkdirSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { lab, programs, sources } from "./lab-paths.mjs";
import { runTool } from "./run-tool.mjs";

const compiler = "x86_64-w64-mingw32-gcc";
const flags = ["-std=c11", "-O1", "-Wall", "-Wextra", "-Werror"];
const definitions = ["-D_WIN32_WINNT=0x0A00", "-DWIN32_LEAN_AND_MEAN"];
// Windows' headers declare as imported what portpool.dll exports in its place.
const notWarnedOf = ["-Wno-attributes"];

const objects = join(lab, "objects");

/** What a program needs that only looks at the pool or changes it: everything but the functions that stand in for Windows'. */
const poolFiles = ["pool", "behaviour", "faults", "text", "real-winsock", "port-in-use"];

const targets = [
  { output: "portpool.dll", folder: "portpool", link: ["-shared"], shared: [] },
  { output: "portpoolctl.exe", folder: "portpoolctl", link: [], shared: poolFiles },
  { output: "netsh.exe", folder: "netsh", link: [], shared: poolFiles },
  { output: "winerun.exe", folder: "stdio-relay", link: [], shared: [] },
  { output: "listenfdclient.exe", folder: "listenfd-client", link: ["-lws2_32"], shared: [] },
];

/** Every C file and header of the lab. */
export function cSources() {
  return readdirSync(sources, { recursive: true })
    .filter((name) => /\.[ch]$/.test(String(name)))
    .map((name) => join(sources, String(name)))
    .toSorted();
}

export function compilePrograms() {
  mkdirSync(programs, { recursive: true });
  mkdirSync(objects, { recursive: true });
  const files = cSources().filter((file) => file.endsWith(".c"));
  runTool(compiler, [...flags, ...definitions, ...notWarnedOf, "-c", ...files], { cwd: objects });
  for (const { output, folder, link, shared } of targets) {
    const own = files.filter((file) => dirname(file) === join(sources, folder));
    const names = [...own.map((file) => basename(file, ".c")), ...shared];
    const inputs = names.map((name) => join(objects, `${name}.o`));
    // Libraries after what needs them: the linker reads from left to right.
    runTool(compiler, ["-s", "-o", join(programs, output), ...inputs, ...link]);
  }
}

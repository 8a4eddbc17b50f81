// Compiles the lab's own C: the emulated pool as a DLL, and the programs that tests use beside it.
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { programs, sources } from "./lab-paths.mjs";
import { runTool } from "./run-tool.mjs";

const compiler = "x86_64-w64-mingw32-gcc";
const flags = ["-std=c11", "-O2", "-s", "-Wall", "-Wextra", "-Werror", "-D_WIN32_WINNT=0x0A00"];

/** What a program needs that only looks at the pool or changes it: everything but the functions that stand in for Windows'. */
const poolFiles = ["pool", "behaviour", "faults", "text", "real-winsock", "port-in-use"].map(
  (name) => join(sources, "portpool", `${name}.c`),
);

const targets = [
  // The emulated functions are declared as imported by the headers, and exported here.
  {
    output: "portpool.dll",
    folder: "portpool",
    extra: ["-shared", "-Wno-attributes"],
    files: [],
  },
  { output: "portpoolctl.exe", folder: "portpoolctl", extra: [], files: poolFiles },
  { output: "netsh.exe", folder: "netsh", extra: [], files: poolFiles },
  { output: "winerun.exe", folder: "stdio-relay", extra: [], files: [] },
];

/** Every C file and header of the lab. */
export function cSources() {
  return readdirSync(sources, { recursive: true })
    .filter((name) => /\.[ch]$/.test(name))
    .map((name) => join(sources, name))
    .toSorted();
}

export function compilePrograms() {
  mkdirSync(programs, { recursive: true });
  for (const { output, folder, extra, files } of targets) {
    const own = cSources().filter(
      (file) => file.endsWith(".c") && file.startsWith(join(sources, folder, "/")),
    );
    runTool(compiler, [...flags, ...extra, "-o", join(programs, output), ...own, ...files]);
  }
}

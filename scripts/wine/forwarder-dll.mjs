// Makes a DLL without code that stands in front of one of Wine's: every export is forwarded, the hooked ones to portpool.dll, the
// others to a renamed copy of Wine's DLL. Ordinals stay the same: node.exe imports bind and closesocket of ws2_32.dll by number.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { readExports } from "./export-table.mjs";
import { nodeFolder, programs, wineDllPath, wineLibraries } from "./lab-paths.mjs";
import { runTool } from "./run-tool.mjs";

const hookLibrary = "portpool";

/** Each DLL that is stood in front of: the new name of Wine's own, and what portpool.dll has instead. */
export const forwarders = [
  {
    dll: "ws2_32.dll",
    realName: "ws2real",
    hooks: ["bind", "closesocket", "WSAIoctl", "WSADuplicateSocketW", "WSASocketW"],
  },
  {
    dll: "iphlpapi.dll",
    realName: "iphreal",
    hooks: ["Tcp", "Udp"].flatMap((protocol) => [
      `CreatePersistent${protocol}PortReservation`,
      `DeletePersistent${protocol}PortReservation`,
      `LookupPersistent${protocol}PortReservation`,
      `GetExtended${protocol}Table`,
    ]),
  },
  { dll: "advapi32.dll", realName: "advapireal", hooks: ["GetTokenInformation"] },
];

/** Compiles the forwarder into the folder of the lab's programs. */
export function buildForwarder({ dll, realName, hooks }) {
  const exports = readExports(readFileSync(join(wineLibraries(), "x86_64-windows", dll)));
  const definition = join(programs, `${dll}.def`);
  const code = join(programs, `${dll}.c`);
  writeFileSync(definition, definitionOf(dll, realName, hooks, exports));
  writeFileSync(
    code,
    "int __stdcall DllMain(void *h, unsigned r, void *p) { (void)h, (void)r, (void)p; return 1; }\n",
  );
  const output = join(programs, dll);
  const flags = ["-s", "-shared", "-nostdlib", "-Wl,-e,DllMain"];
  runTool("x86_64-w64-mingw32-gcc", [...flags, "-o", output, code, definition]);
}

/** https://learn.microsoft.com/cpp/build/reference/exports */
function definitionOf(dll, realName, hooks, exports) {
  const lines = [`LIBRARY ${basename(dll)}`, "EXPORTS"];
  const target = (name) => `${hooks.includes(name) ? hookLibrary : realName}.${name}`;
  for (const { ordinal, names } of exports) {
    if (names.length === 0)
      lines.push(` by${ordinal} = ${realName}.#${ordinal} @${ordinal} NONAME`);
    // One function may have several names; the number belongs to the first.
    for (const [index, name] of names.entries()) {
      lines.push(` ${name} = ${target(name)}${index === 0 ? ` @${ordinal}` : ""}`);
    }
  }
  const existing = new Set(exports.flatMap(({ names }) => names));
  for (const name of hooks.filter((each) => !existing.has(each))) {
    lines.push(` ${name} = ${target(name)}`);
  }
  return `${lines.join("\n")}\n`;
}

/**
 * Copies Wine's own DLLs under their new names for Wine to find, in the two places that it looks at: next to the program, and in
 * WINEDLLPATH with their Linux halves, without which they do not start.
 */
export function copyRealDlls(majors) {
  for (const half of ["x86_64-windows", "x86_64-unix"]) {
    mkdirSync(join(wineDllPath, half), { recursive: true });
  }
  for (const { dll, realName } of forwarders) {
    const windowsHalf = join(wineLibraries(), "x86_64-windows", dll);
    copyFileSync(windowsHalf, join(wineDllPath, "x86_64-windows", `${realName}.dll`));
    for (const major of majors)
      copyFileSync(windowsHalf, join(nodeFolder(major), `${realName}.dll`));
  }
  // The only one of them with a Linux half.
  const linuxHalf = join(wineLibraries(), "x86_64-unix", "ws2_32.so");
  copyFileSync(linuxHalf, join(wineDllPath, "x86_64-unix", "ws2real.so"));
}

// The layouts and constants of layout.ts against real Windows headers, as far as mingw has them: compiled, never run.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  accessTokens,
  ioctls,
  processAccess,
  security,
  snapshots,
  socketOptions,
  sockets,
  type StructLayout,
  structs,
  tables,
  tcpStates,
  waits,
} from "#native/win32/layout.js";

const compiler = "x86_64-w64-mingw32-gcc";

const headers = [
  "winsock2.h",
  "ws2tcpip.h",
  "windows.h",
  "mstcpip.h",
  "iphlpapi.h",
  "tlhelp32.h",
  "sddl.h",
];

/** Where the header says it otherwise than its page. */
const fieldNames: Readonly<Record<string, string>> = {
  "TOKEN_USER.Sid": "User.Sid",
  "TOKEN_USER.Attributes": "User.Attributes",
};

/** Constants that the headers write as casts, or that are no constants of theirs. */
const unnamed = new Set(["WAIT_OBJECT_0", "rowsAt", "INVALID_SOCKET", "INVALID_HANDLE_VALUE"]);

describe("the Windows headers", () => {
  it("agree with every size, offset and constant", function () {
    if (spawnSync(compiler, ["--version"]).error !== undefined) {
      console.log(`      install it with: apt install gcc-mingw-w64-x86-64`);
      this.skip();
    }
    // A reservation and its token are structs without a name there, which is an extension of Microsoft's.
    const args = ["-fsyntax-only", "-fms-extensions", "-x", "c", "-"];
    const result = spawnSync(compiler, args, { input: program(), encoding: "utf8" });
    assert.equal(result.status, 0, result.stderr);
  });
});

function program(): string {
  return [
    "#define _WIN32_WINNT 0x0A00",
    ...headers.map((name) => `#include <${name}>`),
    "#include <stddef.h>",
    ...Object.entries<StructLayout>(structs).flatMap(([name, layout]) => structLines(name, layout)),
    ...constantLines(),
  ].join("\n");
}

function structLines(name: string, { size, at }: StructLayout): readonly string[] {
  const type = name.startsWith("sockaddr_") ? `struct ${name}` : name;
  return [
    check(`sizeof(${type}) == ${size}`),
    ...Object.entries(at).map(([field, offset]) =>
      check(`offsetof(${type}, ${fieldNames[`${name}.${field}`] ?? field}) == ${offset}`),
    ),
  ];
}

function constantLines(): readonly string[] {
  const groups = [
    accessTokens,
    ioctls,
    processAccess,
    security,
    snapshots,
    socketOptions,
    sockets,
    tables,
    tcpStates,
    waits,
  ];
  return groups
    .flatMap((group) => Object.entries<number | bigint>(group))
    .filter(([name]) => !unnamed.has(name))
    .map(([name, value]) => check(`(long long)(${name}) == ${value}LL`));
}

function check(condition: string): string {
  return `_Static_assert(${condition}, "${condition}");`;
}

// The set-up of the Wine lab: it takes no other Node than the pinned one, says what is missing, and its forwarder DLLs have every
// function of the DLL they stand in front of, under the same number.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { repositoryRoot } from "../support/repository.js";
import { describeInWine, wineLab } from "./support/wine-lab.js";

const script = (...names: readonly string[]): string => join(repositoryRoot, "scripts", ...names);

interface Exported {
  readonly ordinal: number;
  readonly names: readonly string[];
}

/** scripts/wine/export-table.mjs */
interface ExportTable {
  readonly readExports: (image: Buffer) => readonly Exported[];
}

describeInWine("the set-up of the Wine lab", () => {
  it("refuses a Windows Node whose content is not the pinned one", () => {
    const module = pathToFileURL(script("wine", "windows-node.mjs")).href;
    const node = { major: 99, version: "20.20.2", integrity: "sha512-another" };
    const code = `import { fetchWindowsNode } from ${JSON.stringify(module)}; await fetchWindowsNode(${JSON.stringify(node)});`;
    const args = ["--input-type=module", "-e", code];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    assert.equal(status, 1);
    assert.match(stderr, /is not the file that was pinned/);
  });

  it("says which programs are missing and how to get them", () => {
    const { status, stderr } = spawnSync(process.execPath, [script("wine-lab.mjs")], {
      encoding: "utf8",
      env: { PATH: "/nowhere" },
    });
    assert.equal(status, 1);
    assert.match(stderr, /wine, which .* is missing: apt-get install .* wine wine64\n/);
    assert.match(stderr, /gcc, which .* is missing: apt-get install .* gcc-mingw-w64-x86-64\n/);
  });

  for (const [forwarder, real] of [
    ["ws2_32.dll", "ws2real.dll"],
    ["iphlpapi.dll", "iphreal.dll"],
    ["advapi32.dll", "advapireal.dll"],
  ] as const) {
    it(`has all of ${forwarder} under the same numbers`, async () => {
      const url = pathToFileURL(script("wine", "export-table.mjs")).href;
      const { readExports } = (await import(url)) as ExportTable;
      const folder = dirname(wineLab().nodes[20] ?? "");
      const exported = readExports(readFileSync(join(folder, forwarder)));
      const byOrdinal = new Map(exported.map((each) => [each.ordinal, each.names]));
      const wanted = readExports(readFileSync(join(folder, real)));
      assert.ok(wanted.length > 100);
      const names = new Set(exported.flatMap((each) => each.names));
      for (const { ordinal, names: wantedNames } of wanted) {
        for (const name of wantedNames) assert.ok(names.has(name), name);
        const found = byOrdinal.get(ordinal);
        assert.ok(found !== undefined, `number ${ordinal}`);
        if (wantedNames.length > 0) assert.ok(found.some((name) => wantedNames.includes(name)));
      }
    });
  }
});

// The zip for Windows hosts without Node: made twice it is the same to the byte, and what is unpacked from it is complete, has the
// texts of all its licences, and runs by its own node.exe. What else is in the layout:
// windows-layout.deep.test.ts. How the zip is made and used: docs/operations.md.
// Takes turns: the layout for Windows, which each builds.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../support/repository.js";
import { temporaryDirectories } from "../support/temporary-directory.js";
import { runTool } from "./support/delivery-tools.js";
import { runOnLabMachine, whyNoLab } from "./support/lab-layout.js";
import { PlainWine, toWindowsPath, whyNoWine } from "./support/plain-wine.js";

const { version } = JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8")) as {
  readonly version: string;
};
const name = `portlease-${version}-win-x64`;

describe("the zip for Windows", function () {
  this.timeout(400_000);
  const makeDirectory = temporaryDirectories();
  let output = "";
  let again = "";
  let unpacked = "";

  before(() => {
    [output, again] = [makeDirectory(), makeDirectory()];
    const script = join(repositoryRoot, "scripts", "package-windows.mjs");
    for (const [folder, TZ] of [
      [output, "UTC"],
      [again, "Pacific/Kiritimati"],
    ] as const) {
      const env = { ...process.env, TZ };
      execFileSync(process.execPath, [script, "--output", folder], { env, stdio: "pipe" });
    }
    const folder = join(makeDirectory(), "unpacked");
    mkdirSync(folder);
    // Another program than the one that packs.
    const archive = join(output, `${name}.zip`);
    const { exitCode, output: said } = runTool("python3", ["-m", "zipfile", "-e", archive, folder]);
    assert.equal(exitCode, 0, said);
    assert.deepEqual(readdirSync(folder), [name]);
    unpacked = join(folder, name);
  });

  it("has the same bytes when it is made again, in another time zone", () => {
    const [one, two] = [output, again].map((folder) => readFileSync(join(folder, `${name}.zip`)));
    assert.ok(one !== undefined && two !== undefined && one.equals(two));
  });

  it("has its hash beside it, as sha256sum reads it", () => {
    const archive = readFileSync(join(output, `${name}.zip`));
    const sha256 = createHash("sha256").update(archive).digest("hex");
    assert.equal(readFileSync(join(output, "SHA256SUMS"), "utf8"), `${sha256}  ${name}.zip\n`);
  });

  it("has the program, the dashboard, and a text that says what to do first", () => {
    const top = ["LICENSE", "LICENSE-node.txt", "README.txt", "THIRD-PARTY.txt"];
    assert.deepEqual(
      readdirSync(unpacked).toSorted(),
      [...top, "app", "node.exe", "portlease.cmd"].toSorted(),
    );
    assert.ok(existsSync(join(unpacked, "app", "dist", "clients", "dashboard", "index.html")));
    const readme = readFileSync(join(unpacked, "README.txt"), "utf8");
    assert.equal(readme.replaceAll("\r\n", "").includes("\n"), false);
    for (const [, path = ""] of readme.matchAll(/\b(app\\[\w.\\-]+)\b/g)) {
      assert.ok(existsSync(join(unpacked, ...path.split("\\"))), path);
    }
  });

  it("has the text of every licence of what it brings", () => {
    const node = readFileSync(join(unpacked, "LICENSE-node.txt"), "utf8");
    assert.match(node, /^Node\.js is licensed for use as follows:/);
    const list = readFileSync(join(unpacked, "THIRD-PARTY.txt"), "utf8");
    const entries = [...list.matchAll(/^(app\S+(?:: \S+)?) {2}\S+ {2}\S.*? {2}\((.+)\)\r$/gm)];
    assert.ok(entries.length > 70, String(entries.length));
    for (const [, , texts = ""] of entries) {
      for (const path of texts.split(", ")) {
        assert.ok(statSync(join(unpacked, ...path.split("/"))).size > 500, path);
      }
    }
  });

  it("names each package that is bundled into the program", () => {
    const list = readFileSync(join(unpacked, "THIRD-PARTY.txt"), "utf8");
    const notices = readFileSync(
      join(unpacked, "app", "dist", "portlease", "THIRD-PARTY.txt"),
      "utf8",
    );
    const bundled = [...notices.matchAll(/^=== (\S+) /gm)].map(([, packed = ""]) => packed);
    assert.ok(bundled.includes("winston") && bundled.includes("zod"));
    for (const packed of bundled) {
      assert.ok(list.includes(`app/dist/portlease: ${packed} `), packed);
    }
  });

  it("names each package that is built into the dashboards", () => {
    const list = readFileSync(join(unpacked, "THIRD-PARTY.txt"), "utf8");
    const sources = join(repositoryRoot, "clients", "dashboard");
    const files = readdirSync(sources, { recursive: true, encoding: "utf8" });
    for (const file of files.filter((path) => /\.tsx?$/.test(path))) {
      const text = readFileSync(join(sources, file), "utf8");
      for (const [, imported = ""] of text.matchAll(/from "((?:@[^/"]+\/)?[^./@"#][^/"]*)/g)) {
        assert.ok(list.includes(`app/dist/clients/dashboard: ${imported} `), imported);
        assert.ok(list.includes(`app/dist/clients/fleet-dashboard: ${imported} `), imported);
      }
    }
  });

  const noWine = whyNoWine();
  (noWine === null ? it : it.skip)(
    `runs under Wine by its launcher${noWine === null ? "" : ` (${noWine})`}`,
    () => {
      const wine = new PlainWine(makeDirectory());
      try {
        const launcher = toWindowsPath(join(unpacked, "portlease.cmd"));
        const { exitCode, stdout, stderr } = wine.run(["cmd", "/c", launcher, "--version"]);
        assert.deepEqual([exitCode, stdout.trim()], [0, version], stderr);
      } finally {
        wine.close();
      }
    },
  );

  const noLab = whyNoLab();
  (noLab === null ? it : it.skip)(
    `serves and leases on a machine of the Wine lab${noLab === null ? "" : ` (${noLab})`}`,
    async () => {
      const smoke = toWindowsPath(join(repositoryRoot, "scripts", "smoke.mjs"));
      const words = [smoke, "--kind", "persistent", "--program", toWindowsPath(unpacked)];
      const poolFile = join(makeDirectory(), "pool.dat");
      const result = await runOnLabMachine(unpacked, poolFile, words);
      assert.equal(result.exitCode, 0, result.output);
      assert.match(result.output, /^leased port \d+ of \d+-\d+/m);
    },
  );
});

// The files of the Windows image, laid out as the image has them, and run by their own node.exe: under Wine as it comes, and as
// a broker that owns ports on an emulated machine of the Wine lab, by the smoke test that CI runs on real Windows.
// Takes turns: the layout for Windows, which each builds.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { repositoryRoot } from "../support/repository.js";
import { temporaryDirectories } from "../support/temporary-directory.js";
import { runOnLabMachine, whyNoLab } from "./support/lab-layout.js";
import { PlainWine, toWindowsPath, whyNoWine } from "./support/plain-wine.js";

interface Manifest {
  readonly version: string;
  readonly node: { readonly version?: string; readonly source: string };
  readonly packages: number;
  readonly files: number;
  readonly sha256: Record<string, string>;
}

describe("the Windows layout", function () {
  this.timeout(300_000);
  const makeDirectory = temporaryDirectories();
  let layout = "";
  let manifest: Manifest;

  before(() => {
    layout = join(makeDirectory(), "portlease");
    const script = join(repositoryRoot, "scripts", "assemble-windows.mjs");
    // Wine 8 runs Node 20 and 22.
    const args = [script, "--output", layout];
    manifest = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as Manifest;
  });

  const list = (): readonly string[] =>
    readdirSync(layout, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(layout, join(entry.parentPath, entry.name)));

  it("has what the manifest says", () => {
    assert.equal(list().length, manifest.files);
    assert.ok(manifest.packages > 50);
    for (const path of Object.keys(manifest.sha256))
      assert.ok(existsSync(join(layout, path)), path);
  });

  it("has the program, its dependencies and their licences, and nothing for other platforms", () => {
    const top = readdirSync(layout).toSorted();
    const licences = ["LICENSE", "LICENSE-node.txt", "THIRD-PARTY.txt"];
    const others = ["README.txt", "app", "node.exe", "portlease.cmd"];
    assert.deepEqual(top, [...licences, ...others].toSorted());
    const native = list().filter((path) => /\.(?:node|so|dylib|dll)$/.test(path));
    assert.ok(native.length >= 2, "koffi and SQLite");
    for (const path of native) assert.match(path, /win32[-_]x64/);
    for (const path of native) assert.ok(path in manifest.sha256, path);
    assert.equal(existsSync(join(layout, "app", "node_modules", "typescript")), false);
  });

  it("has our own packages as real files, each compiled file with a source", () => {
    for (const [name, folder, source] of [
      ["native", "src/native", "src/native"],
      ["proto", "src/gen", "src/gen"],
      ["client", "clients/ts", "clients/ts/src"],
    ] as const) {
      const dist = join(layout, "app", "node_modules", "@portlease", name, "dist");
      const compiled = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((path) =>
        path.endsWith(".js"),
      );
      assert.ok(compiled.includes("index.js") || name === "proto", folder);
      for (const path of compiled) {
        const original = join(repositoryRoot, source, path.replace(/\.js$/, ".ts"));
        assert.ok(existsSync(original), original);
      }
    }
    const ours = list().filter((path) =>
      /^app[\\/](?:dist|node_modules[\\/]@portlease)[\\/]/.test(path),
    );
    assert.deepEqual(
      ours.filter((path) => /\.(?:ts|map|tsbuildinfo)$/.test(path)),
      [],
    );
  });

  for (const dashboard of ["dashboard", "fleet-dashboard"]) {
    it(`has the files of the ${dashboard}, complete`, () => {
      const built = join(repositoryRoot, "dist", "clients", dashboard);
      const names = readdirSync(built, { recursive: true, encoding: "utf8" }).toSorted();
      const shipped = join(layout, "app", "dist", "clients", dashboard);
      const found = readdirSync(shipped, { recursive: true, encoding: "utf8" }).toSorted();
      assert.ok(names.includes("index.html"));
      assert.deepEqual(found, names);
    });
  }

  it("has a launcher with the line ends that cmd wants", () => {
    const text = readFileSync(join(layout, "portlease.cmd"), "utf8");
    assert.equal(text.replaceAll("\r\n", "").includes("\n"), false);
  });

  const reason = whyNoWine();
  const describeWithWine = reason === null ? describe : describe.skip;
  describeWithWine(`under Wine${reason === null ? "" : ` (${reason})`}`, () => {
    let wine: PlainWine;
    const main = () => toWindowsPath(join(layout, "app", "dist", "portlease", "main.js"));
    const node = () => toWindowsPath(join(layout, "node.exe"));

    before(() => {
      wine = new PlainWine(makeDirectory());
    });

    after(() => wine.close());

    it("says its version, by node.exe and by the launcher", () => {
      const direct = wine.run([node(), main(), "--version"]);
      assert.deepEqual(direct, { exitCode: 0, stdout: `${manifest.version}\n`, stderr: "" });
      const launcher = toWindowsPath(join(layout, "portlease.cmd"));
      const launched = wine.run(["cmd", "/c", launcher, "--version"]);
      assert.equal(launched.exitCode, 0);
      assert.equal(launched.stdout.trim(), manifest.version);
    });

    it("passes on the exit code and the words of a command that fails", () => {
      const launcher = toWindowsPath(join(layout, "portlease.cmd"));
      const { exitCode, stderr } = wine.run(["cmd", "/c", launcher, "ls", "--limit", "none"]);
      assert.equal(exitCode, 2);
      assert.match(stderr, /--limit/);
    });

    it("loads every native module, and every part of the program", () => {
      const program = `
        const { DatabaseSync } = await import("@photostructure/sqlite");
        const { default: koffi } = await import("koffi");
        const { readdirSync } = await import("node:fs");
        // Those who trace install the packages of OpenTelemetry.
        const isPart = (name) => /-[\\w-]{8}\\.js$/.test(name) && !name.startsWith("otlp-tracing-");
        const parts = readdirSync("dist/portlease").filter(isPart);
        for (const part of parts) await import("./dist/portlease/" + part);
        const kernel = koffi.load("kernel32.dll").func("uint32_t __stdcall GetCurrentProcessId()");
        const database = new DatabaseSync(":memory:");
        const { answer } = database.prepare("select 42 as answer").get();
        console.log(process.platform, answer, kernel() === process.pid, parts.length > 50);`;
      const script = join(layout, "app", "check.mjs");
      writeFileSync(script, program);
      const { stdout, stderr } = wine.run([node(), toWindowsPath(script)]);
      assert.equal(stdout, "win32 42 true true\n", stderr);
    });
  });

  const noLab = whyNoLab();
  const describeInLab = noLab === null ? describe : describe.skip;
  describeInLab(`on a machine of the Wine lab${noLab === null ? "" : ` (${noLab})`}`, () => {
    const smoke = toWindowsPath(join(repositoryRoot, "scripts", "smoke.mjs"));
    const run = (kind: string) =>
      runOnLabMachine(layout, join(makeDirectory(), "pool.dat"), [
        smoke,
        "--kind",
        kind,
        "--program",
        toWindowsPath(layout),
      ]);

    for (const kind of ["persistent", "runtime"]) {
      it(`owns a ${kind} block, refuses a program without a lease, and stops in order`, async () => {
        const { exitCode, output } = await run(kind);
        assert.equal(exitCode, 0, output);
        assert.match(
          output,
          new RegExp(`ok: ${kind} refuses a program without a lease with EACCES`),
        );
        assert.match(output, /"stopped"/);
      });
    }
  });
});

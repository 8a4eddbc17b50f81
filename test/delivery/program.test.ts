// What of the program goes into the package of npm: the bundle with all that it looks for beside itself, and none of the modules that it
// is made of. How it is made: test/scripts/bundle-program.test.ts.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { cliPath } from "../support/cli.js";
import { repositoryRoot } from "../support/repository.js";

interface Preparing {
  readonly runNpm: (
    words: readonly string[],
    options: object,
  ) => { readonly status: number | null; readonly stdout: string };
}

/** Compiled to .build/test/delivery/. */
const { runNpm } = (await import(
  new URL("../../../scripts/prepare.mjs", import.meta.url).href
)) as Preparing;

const folder = dirname(cliPath);

interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
}

describe("the program in the package of npm", function () {
  this.timeout(60_000);

  it("is the bundle, with its threads and its notices, and not its modules", () => {
    const words = ["pack", "--dry-run", "--json", "--ignore-scripts"];
    const options = { stdio: ["ignore", "pipe", "ignore"], encoding: "utf8" };
    const { status, stdout } = runNpm(words, options);
    assert.equal(status, 0);
    const [{ files }] = JSON.parse(stdout) as [
      { readonly files: readonly { readonly path: string }[] },
    ];
    const paths = files.map(({ path }) => path);
    const programs = paths.filter((path) => path.startsWith("dist/portlease/"));
    const built = readdirSync(folder).map((name) => `dist/portlease/${name}`);
    assert.deepEqual(programs.toSorted(), built.toSorted());
    assert.ok(programs.includes("dist/portlease/THIRD-PARTY.txt"));
    const others = paths.filter((path) => path.endsWith(".js") && !programs.includes(path));
    assert.deepEqual(
      others.filter((path) => !/^dist\/clients\/(?:fleet-)?dashboard\//.test(path)),
      [],
    );
  });

  it("is what the command of the package runs", () => {
    const manifest = readFileSync(join(repositoryRoot, "package.json"), "utf8");
    const { bin } = JSON.parse(manifest) as Manifest;
    assert.equal(resolve(repositoryRoot, bin["portlease"] ?? ""), cliPath);
    assert.match(readFileSync(cliPath, "utf8"), /^#!\/usr\/bin\/env node\n/);
  });

  it("has each file beside itself that its modules start by a name", () => {
    const modules = ["dist/src", "src/native/dist"].flatMap((name) => {
      const path = join(repositoryRoot, name);
      return readdirSync(path, { recursive: true, encoding: "utf8" }).map((file) =>
        join(path, file),
      );
    });
    const named = modules
      .filter((path) => path.endsWith(".js") && existsSync(sourceOf(path)))
      .flatMap((path) => [
        ...readFileSync(path, "utf8").matchAll(/"(?:\.\/)?([\w-]+-(?:worker|main)\.js)"/g),
      ])
      .map(([, name = ""]) => name);
    assert.ok(named.includes("sqlite-worker.js") && named.includes("helper-main.js"));
    assert.ok(named.length >= 6);
    for (const name of named) assert.ok(existsSync(join(folder, name)), name);
  });

  it("is led back to its sources by its maps", () => {
    const maps = readdirSync(folder).filter((name) => name.endsWith(".map"));
    const sources = maps.flatMap((name) => {
      const text = readFileSync(join(folder, name), "utf8");
      return (JSON.parse(text) as { readonly sources: readonly string[] }).sources;
    });
    const ours = sources
      .map((source) => resolve(folder, source))
      .filter((path) => !/node_modules|rolldown/.test(path));
    assert.ok(ours.length > 400);
    for (const path of ours) {
      assert.match(path, /\.ts$/);
      assert.ok(statSync(path).isFile(), path);
    }
  });
});

/** The compiler never deletes what it wrote of sources that are gone. */
function sourceOf(compiled: string): string {
  const path = relative(repositoryRoot, compiled).replace(/\.js$/, ".ts");
  return join(
    repositoryRoot,
    path.replace(/^dist[\\/]/, "").replace(/^(src[\\/]native)[\\/]dist/, "$1"),
  );
}

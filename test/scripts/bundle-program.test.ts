// How the program that runs is made of the compiled modules, on a small one: what runs is never older than what was compiled, and
// nothing is left out of it unseen.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { repositoryRoot } from "../support/repository.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

const bundler = new URL("../../../scripts/bundle-program.mjs", import.meta.url).href;
const main = "dist/clients/cli/main.js";
const workers = ["sqlite", "check", "export", "import", "repair"];

describe("the bundled program, when it is made", function () {
  this.timeout(60_000);
  const makeDirectory = temporaryDirectories();

  it("is made of what was compiled last", () => {
    const checkout = new SmallCheckout(makeDirectory());
    checkout.compile(main, 'console.log("one");\n');
    checkout.bundle();
    assert.equal(checkout.run(), "one\n");
    checkout.compile("dist/src/server/part.js", 'export const word = "two";\n');
    checkout.compile(
      main,
      'const { word } = await import("../../src/server/part.js");\nconsole.log(word);\n',
    );
    checkout.bundle();
    assert.equal(checkout.run(), "two\n");
    checkout.compile("dist/src/server/part.js", 'export const word = "three";\n');
    checkout.bundle();
    assert.equal(checkout.run(), "three\n");
  });

  it("is left alone when nothing has changed", () => {
    const checkout = new SmallCheckout(makeDirectory());
    checkout.bundle();
    const before = statSync(checkout.program).mtimeMs;
    checkout.bundle();
    assert.equal(statSync(checkout.program).mtimeMs, before);
  });

  it("is made again when it is gone, and when other packages were installed", () => {
    const checkout = new SmallCheckout(makeDirectory());
    checkout.installAs("words", {
      license: "MIT",
      text: "MIT License",
      code: 'export const word = "old";',
    });
    checkout.compile(main, 'import { word } from "words";\nconsole.log(word);\n');
    checkout.bundle();
    rmSync(checkout.program);
    checkout.bundle();
    assert.equal(checkout.run(), "old\n");
    checkout.installAs("words", {
      license: "MIT",
      text: "MIT License",
      code: 'export const word = "new";',
    });
    checkout.bundle();
    assert.equal(checkout.run(), "new\n");
  });

  it("keeps no part of an earlier one", () => {
    const checkout = new SmallCheckout(makeDirectory());
    checkout.compile("dist/src/server/part.js", "export const word = 1;\n");
    checkout.compile(main, 'console.log((await import("../../src/server/part.js")).word);\n');
    checkout.bundle();
    const parts = (): readonly string[] =>
      checkout.files().filter((name) => name.startsWith("part-"));
    const before = parts();
    checkout.compile("dist/src/server/part.js", "export const word = 2;\n");
    checkout.bundle();
    assert.equal(parts().length, before.length);
    assert.equal(parts().filter((name) => before.includes(name)).length, 0);
  });

  it("is made again after a failure, so that half of one does not pass for it", () => {
    const checkout = new SmallCheckout(makeDirectory());
    const whole = 'console.log("whole");\n';
    checkout.compile(main, whole);
    checkout.bundle();
    checkout.compile(main, 'import "./not-there.js";\n');
    assert.match(checkout.bundleFails(), /not-there/);
    writeFileSync(checkout.program, "");
    checkout.compile(main, whole);
    checkout.bundle();
    assert.equal(checkout.run(), "whole\n");
  });

  it("has the licences of what others wrote of it beside it, and is not made without one", () => {
    const checkout = new SmallCheckout(makeDirectory());
    checkout.compile(main, 'import "@others/words";\n');
    checkout.installAs("@others/words", {
      license: "MIT",
      text: "Copyright (c) Others",
      code: "console.log(1);",
    });
    checkout.bundle();
    const notices = readFileSync(join(dirname(checkout.program), "THIRD-PARTY.txt"), "utf8");
    assert.match(notices, /^=== @others\/words 1\.2\.3 \(MIT\)\n\nCopyright \(c\) Others$/m);
    checkout.installAs("@others/words", {
      license: undefined,
      text: "text",
      code: "console.log(2);",
    });
    assert.match(checkout.bundleFails(), /@others\/words names no licence/);
    checkout.installAs("@others/bare", { license: "MIT", text: null, code: "console.log(3);" });
    checkout.compile(main, 'import "@others/bare";\n');
    assert.match(checkout.bundleFails(), /@others\/bare brings no text of its licence/);
  });

  it("may need at run time only what is installed with it", () => {
    const checkout = new SmallCheckout(makeDirectory());
    checkout.compile(main, 'await import("koffi");\n');
    assert.match(checkout.bundleFails(), /koffi is imported .* no such dependency/);
    checkout.dependOn("koffi");
    checkout.bundle();
  });

  it("leads errors back to the sources, where Node is asked for it", () => {
    const checkout = new SmallCheckout(makeDirectory());
    const map = {
      version: 3,
      sources: ["../../../clients/cli/main.ts"],
      names: [],
      mappings: "AAQA",
    };
    checkout.compile(main, 'throw new Error("here");\n//# sourceMappingURL=main.js.map\n');
    checkout.compile(`${main}.map`, JSON.stringify(map));
    checkout.bundle();
    const { stderr } = checkout.start("--enable-source-maps");
    assert.match(stderr, /clients[\\/]cli[\\/]main\.ts:9/);
  });
});

interface InstalledPackage {
  readonly license: string | undefined;
  readonly text: string | null;
  readonly code: string;
}

/** A folder with what the bundler looks for in a checkout that was compiled. */
class SmallCheckout {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
    this.dependOn();
    this.compile(main, "");
    for (const name of workers) this.compile(`dist/src/server/store/${name}-worker.js`, "");
    this.compile("src/native/dist/doctor/helper-main.js", "");
  }

  get program(): string {
    return join(this.#directory, "dist/portlease/main.js");
  }

  compile(path: string, text: string): void {
    const file = join(this.#directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  dependOn(...names: readonly string[]): void {
    const dependencies = Object.fromEntries(names.map((name) => [name, "1.0.0"]));
    this.compile("package.json", JSON.stringify({ type: "module", dependencies }));
  }

  /** Notes it in the lock file too, as npm does. */
  installAs(name: string, { license, text, code }: InstalledPackage): void {
    const folder = `node_modules/${name}`;
    const manifest = { name, version: "1.2.3", type: "module", main: "index.js", license };
    this.compile(`${folder}/package.json`, JSON.stringify(manifest));
    this.compile(`${folder}/index.js`, code);
    if (text !== null) this.compile(`${folder}/LICENSE`, text);
    this.compile("package-lock.json", JSON.stringify({ name, code }));
  }

  files(): readonly string[] {
    return readdirSync(dirname(this.program));
  }

  bundle(): void {
    const { status, stderr } = this.#bundler();
    assert.equal(status, 0, stderr);
    assert.ok(existsSync(this.program));
  }

  /** What the bundler said. */
  bundleFails(): string {
    const { status, stderr } = this.#bundler();
    assert.equal(status, 1, stderr);
    return stderr;
  }

  run(): string {
    return this.start().stdout;
  }

  start(...options: readonly string[]) {
    return spawnSync(process.execPath, [...options, this.program], { encoding: "utf8" });
  }

  #bundler() {
    const script = `
      const { bundleProgram } = await import(${JSON.stringify(bundler)});
      process.exitCode = bundleProgram(${JSON.stringify(this.#directory)});`;
    return spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      cwd: repositoryRoot,
      encoding: "utf8",
    });
  }
}

// What a start of the program loads. Each module takes time before anything is done, so what is seldom needed is loaded where it is
// needed: a package that turns up here makes every start slower.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadedBy } from "../../support/loaded-modules.js";
import { repositoryRoot } from "../../support/repository.js";

const program = "dist/clients/cli/main.js";
const server = "dist/src/server";

/** What `portlease serve` imports before it serves. */
const serving = loadedBy([
  program,
  "dist/clients/cli/commands/serve.js",
  "dist/clients/cli/broker-program.js",
]);

describe("what is loaded", () => {
  it("for --version is what reads a command line", () => {
    const { packages, files } = loadedBy([program]);
    assert.deepEqual([...packages].toSorted(), ["commander", "fastest-levenshtein"]);
    assert.deepEqual(within(files, "dist/clients/cli/commands/"), []);
    assert.deepEqual(within(files, "src/"), []);
  });

  it("for a broker that nobody has called yet is what it serves gRPC with", () => {
    assert.deepEqual([...serving.packages].toSorted(), [
      "@bufbuild/protobuf",
      "@grpc/grpc-js",
      "commander",
      "fastest-levenshtein",
      "winston",
      "yaml",
      "zod",
    ]);
  });

  it("for a broker is none of its clients, of other commands, or of the fleet that it is not in", () => {
    const { files } = serving;
    assert.ok(files.has(`${server}/main.js`) && files.has("src/native/dist/index.js"));
    assert.deepEqual(within(files, "clients/ts/"), []);
    assert.deepEqual(within(files, "dist/clients/cli/commands/"), [
      "dist/clients/cli/commands/serve.js",
    ]);
    // The configuration knows both forms.
    assert.deepEqual(within(files, "dist/src/etcd/"), ["dist/src/etcd/etcd-url.js"]);
    assert.deepEqual(within(files, "dist/src/fleet/"), [
      "dist/src/fleet/records/fleet-keys.js",
      "dist/src/fleet/records/record-limits.js",
    ]);
  });

  it("for a broker over HTTP is nothing that reads descriptors of messages", () => {
    const { files } = serving;
    assert.ok(files.has(`${server}/http/site.js`));
    for (const late of ["http/api-methods.js", "http/json-method.js", "http/connect-error.js"]) {
      assert.ok(!files.has(`${server}/${late}`), late);
    }
  });

  it("for the thread of the store is the store alone", () => {
    const { packages, files } = loadedBy([`${server}/store/sqlite-worker.js`]);
    assert.deepEqual([...packages], []);
    const other = [...files].filter(
      (file) => !file.startsWith(`${server}/store/`) && !file.startsWith(`${server}/domain/`),
    );
    assert.deepEqual(other, []);
  });

  it("for a question to the broker is a client, and nothing of servers", () => {
    const { packages } = loadedBy([program, "dist/clients/cli/commands/ls.js"]);
    assert.deepEqual([...packages].toSorted(), [
      "@bufbuild/protobuf",
      "@grpc/grpc-js",
      "commander",
      "fastest-levenshtein",
    ]);
  });
});

/** The same of the program that is started: every file of it takes time to be found, read and linked. */
describe("what is loaded of the bundle", () => {
  it("for a broker is a handful of files", () => {
    const { files } = bundled("serve", "broker-program");
    assert.ok(files.some((file) => file.includes("broker-program")));
    assert.ok(files.length <= 9, files.join(" "));
    assert.ok(sizeOf(files) > 1_000_000, files.join(" "));
  });

  it("for a question to the broker is a client, and nothing of servers", () => {
    const { files } = bundled("ls", null);
    assert.ok(files.length <= 10, files.join(" "));
    const others = files.filter((file) => /^dist\/portlease\/(?:serve|fleet|run)\b/.test(file));
    assert.deepEqual(others, []);
  });

  it("for the thread of the store, and the doctor's other process, is one file each", () => {
    for (const name of ["sqlite-worker", "helper-main"]) {
      const file = `${bundle}/${name}.js`;
      assert.deepEqual([...loadedBy([file]).files], [file]);
    }
  });
});

const bundle = "dist/portlease";

/** What a command loads before it does anything; `late`: what its own module loads as soon as it is run. */
function bundled(command: string, late: string | null): { readonly files: readonly string[] } {
  const start = [`${bundle}/main.js`];
  const pattern = new RegExp(`/${command}-[^/]+$`);
  const own = lateImports([...loadedBy(start).files]).find((file) => pattern.test(file)) ?? "";
  const more = lateImports([...loadedBy([own]).files]).filter(
    (file) => late !== null && file.includes(late),
  );
  return { files: [...loadedBy([...start, own, ...more]).files] };
}

function lateImports(files: readonly string[]): readonly string[] {
  return files.flatMap((file) =>
    [...textOf(file).matchAll(/import\("\.\/([^"]+)"\)/g)].map(
      ([, name = ""]) => `${bundle}/${name}`,
    ),
  );
}

function textOf(file: string): string {
  return readFileSync(join(repositoryRoot, file), "utf8");
}

function sizeOf(files: readonly string[]): number {
  return files.reduce((sum, file) => sum + textOf(file).length, 0);
}

function within(files: ReadonlySet<string>, folder: string): readonly string[] {
  return [...files].filter((file) => file.startsWith(folder));
}

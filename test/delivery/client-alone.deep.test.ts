// The client as its users get it: packed, installed into an empty project from the registry, without the server; type-checked,
// compiled and run there under every Node that is supported.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { BrokerLab } from "../support/broker-lab.js";
import { otherNodes } from "../support/other-nodes.js";
import { repositoryRoot } from "../support/repository.js";

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

interface Manifest {
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** The client, and what of this repository it depends on. */
const folders = ["clients/ts", "src/native", "src/gen"] as const;

function npm(args: readonly string[], cwd: string): string {
  return execFileSync("npm", [...args, "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd,
    encoding: "utf8",
  });
}

describe("@portlease/client, installed alone (semantics 27)", function () {
  this.timeout(180_000);
  let project = "";
  let manifest: Manifest;
  let lab: BrokerLab;
  const packed = new Map<string, Packed>();

  before(async () => {
    lab = await BrokerLab.open();
    project = mkdtempSync(join(tmpdir(), "portlease-client-alone-"));
    writeFileSync(
      join(project, "package.json"),
      '{ "name": "empty", "private": true, "type": "module" }',
    );
    for (const folder of folders) {
      const args = ["pack", "--json", "--pack-destination", project];
      const [one] = JSON.parse(npm(args, join(repositoryRoot, folder))) as [Packed];
      packed.set(folder, one);
    }
    npm(["install", ...[...packed.values()].map(({ filename }) => `./${filename}`)], project);
    const path = join(project, "node_modules/@portlease/client/package.json");
    manifest = JSON.parse(readFileSync(path, "utf8")) as Manifest;
  });

  after(async () => {
    await lab.close();
    rmSync(project, { recursive: true, force: true });
  });

  it("brings none of the server's dependencies", () => {
    const { dependencies: ofServer } = JSON.parse(
      readFileSync(join(repositoryRoot, "package.json"), "utf8"),
    ) as Manifest;
    const ofClient = [
      "@grpc/grpc-js",
      "@grpc/proto-loader",
      "@bufbuild/protobuf",
      "@portlease/",
      "koffi",
    ];
    const serverOnly = Object.keys(ofServer).filter(
      (name) => !ofClient.some((own) => name.startsWith(own)),
    );
    assert.ok(serverOnly.includes("winston") && serverOnly.includes("commander"));
    for (const name of [...serverOnly, "better-sqlite3", "portlease"]) {
      assert.equal(existsSync(join(project, "node_modules", name)), false, name);
    }
  });

  for (const folder of folders) {
    it(`has of ${folder} what is imported, its licence, and nothing else`, () => {
      const paths = packed.get(folder)?.files.map(({ path }) => path) ?? [];
      assert.ok(paths.includes("LICENSE") && paths.includes("package.json"));
      const others = paths.filter((path) => !/^dist\/.+\.(?:js|d\.ts)$/.test(path));
      const known = new Set(["LICENSE", "README.md", "descriptor.binpb", "package.json"]);
      assert.deepEqual(
        others.filter((path) => !known.has(path)),
        [],
      );
    });
  }

  it("is compiled for a project of its own with strict types", () => {
    writeFileSync(
      join(project, "tsconfig.json"),
      JSON.stringify({
        // What a new project has; nothing that helps this package.
        compilerOptions: { module: "nodenext", target: "es2022", strict: true, types: ["node"] },
        files: ["consumer.ts"],
      }),
    );
    const source = join(repositoryRoot, "test/delivery/consumer/consumer.ts.txt");
    copyFileSync(source, join(project, "consumer.ts"));
    const typescript = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));
    run(process.execPath, [join(typescript, "bin/tsc"), "-p", project]);
    assert.ok(existsSync(join(project, "consumer.js")));
  });

  it("says in one sentence that there is no broker", () => {
    const program = `
      import { LeaseClient } from "@portlease/client";
      const client = new LeaseClient({ address: "127.0.0.1:1" });
      try {
        await client.acquire({ service: "orders", acquireTimeoutMs: 500 });
      } catch (error) {
        console.log(error.reason, error.message);
      }
      await client.close();`;
    assert.match(runModule(process.execPath, program), /^BROKER_UNREACHABLE .*127\.0\.0\.1:1/);
  });

  const own = process.versions.node.split(".")[0] ?? "";
  const nodes = [{ major: own, path: process.execPath, missing: "" }, ...otherNodes()];
  for (const { major, path, missing } of nodes) {
    if (path === null) describe.skip(`under Node ${major} (${missing})`, () => it("runs"));
    else describe(`under Node ${major}`, () => testsUnder(path));
  }

  function testsUnder(node: string): void {
    it("leases, serves and gives back", async () => {
      const broker = await lab.start();
      const environment = { PORTLEASE_ADDRESS: broker.address };
      const printed = run(node, ["consumer.js"], environment);
      const { generation, ...facts } = JSON.parse(printed) as Record<string, unknown>;
      assert.match(String(generation), /^[1-9]\d*$/);
      assert.deepEqual(facts, {
        answer: "served\n",
        refused: "POOL_NOT_FOUND",
        state: "safe",
        lostExitCode: 75,
        wrong: "sctp",
      });
      assert.equal((await lab.caller(broker).list()).length, 0);
      await broker.kill("SIGTERM");
    });

    it("can import every entry of the package, each with its types", () => {
      for (const [entry, { types, default: code }] of Object.entries(manifest.exports)) {
        const folder = join(project, "node_modules/@portlease/client");
        for (const path of [types, code]) assert.ok(existsSync(join(folder, path)), path);
        const name = `@portlease/client${entry.slice(1)}`;
        assert.equal(runModule(node, `await import("${name}"); console.log("in");`), "in\n", name);
      }
    });
  }

  function runModule(node: string, program: string): string {
    return run(node, ["--input-type=module", "--eval", program]);
  }

  /** The standard output. Throws, with both outputs in its message, when the program fails. */
  function run(program: string, args: readonly string[], environment = {}): string {
    try {
      const env = { PATH: process.env["PATH"], HOME: project, ...environment };
      return execFileSync(program, args, { cwd: project, encoding: "utf8", env, timeout: 60_000 });
    } catch (error) {
      const { stdout, stderr } = error as { stdout?: string; stderr?: string };
      throw new Error(`${args.join(" ")} failed: ${stdout}${stderr}`, { cause: error });
    }
  }
});

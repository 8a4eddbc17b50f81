// The commands of docs/languages.md, run as they stand there: protoc on proto/, and grpcurl against a real broker.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BrokerLab } from "../support/broker-lab.js";
import { hasGrpcurl, runGrpcurl } from "../support/grpcurl.js";
import { repositoryRoot } from "../support/repository.js";
import { temporaryDirectories } from "../support/temporary-directory.js";
import { noteSecret } from "../support/test-output.js";

const commands = [
  ...readFileSync(join(repositoryRoot, "docs", "languages.md"), "utf8").matchAll(
    /^```sh\n([\s\S]*?)^```$/gm,
  ),
].flatMap(([, text = ""]) => text.trimEnd().split("\n"));

/** What Maven has brought for clients/java; `null` where scripts/setup-ci did not run. */
function findArtifact(name: string, ending: string): string | null {
  const folder = join(repositoryRoot, ".build/tools/maven/com/google/protobuf", name);
  if (!existsSync(folder)) return null;
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const found = files.find((file) => file.endsWith(ending));
  return found === undefined ? null : join(folder, found);
}

/** As protoc is laid out where it is installed: it finds google/protobuf in ../include. */
function installProtoc(folder: string): string {
  const program = join(folder, "bin", "protoc");
  mkdirSync(join(folder, "bin"));
  mkdirSync(join(folder, "include"));
  copyFileSync(protoc ?? "", program);
  // Maven does not keep the mode of what it downloads.
  chmodSync(program, 0o755);
  execFileSync("jar", ["xf", protobufJar ?? "", "google/protobuf"], {
    cwd: join(folder, "include"),
  });
  return program;
}

/** What the options in the proto files promise to each language. */
const namesOf: Readonly<Record<string, RegExp>> = {
  csharp: /^namespace Portlease\.V1 \{/m,
  java: /^package dev\.portlease\.v1;/m,
  php: /^namespace Portlease\\V1;/m,
  ruby: /^module Portlease\n +module V1$/m,
};

const protoc = findArtifact("protoc", "-linux-x86_64.exe");
const protobufJar = findArtifact("protobuf-java", ".jar");

function protocSuite(): void {
  const newDirectory = temporaryDirectories();
  let program = "";

  before(() => {
    program = installProtoc(newDirectory());
  });

  const generations = commands.filter((command) => command.startsWith("protoc "));

  it("are for four languages", () => assert.equal(generations.length, 4));

  for (const command of generations) {
    const language = /--(\w+)_out/.exec(command)?.[1] ?? "";
    it(`generate the messages of ${language}, named as the proto says`, () => {
      const out = newDirectory();
      const [, ...args] = command.replace("OUT", out).split(" ");
      const { status, stderr } = spawnSync(program, args, {
        cwd: repositoryRoot,
        encoding: "utf8",
      });
      assert.equal(status, 0, stderr);
      const made = readdirSync(out, { recursive: true, encoding: "utf8" });
      const texts = made
        .filter((name) => /\.(?:cs|java|php|rb)$/.test(name))
        .map((name) => readFileSync(join(out, name), "utf8"));
      const name = namesOf[language];
      assert.ok(name !== undefined && texts.some((text) => name.test(text)), made.join(" "));
    });
  }
}

function grpcurlSuite(): void {
  let lab: BrokerLab;

  before(async () => {
    lab = await BrokerLab.open();
  });

  after(() => lab.close());

  it("lease, renew and release a port", async () => {
    const broker = await lab.start();
    let [leaseId, holderKey] = ["", ""];
    const calls = commands.filter((command) => command.startsWith("grpcurl "));
    assert.equal(calls.length, 3);
    for (const command of calls) {
      const [, data = "", method = ""] = /-d '(.*)' 127\.0\.0\.1:7600 (\S+)$/.exec(command) ?? [];
      const filled = data.replace("LEASE_ID", leaseId).replace("HOLDER_KEY", holderKey);
      const sent = JSON.parse(filled) as object;
      const { exitCode, stdout, stderr } = await runGrpcurl(broker.address, [method], sent);
      assert.equal(exitCode, 0, stderr);
      const answer = JSON.parse(stdout) as { lease?: { leaseId: string }; holderKey?: string };
      leaseId = answer.lease?.leaseId ?? leaseId;
      holderKey = answer.holderKey ?? holderKey;
      noteSecret(holderKey);
    }
    const caller = lab.caller(broker);
    assert.deepEqual(await caller.list(), []);
  });
}

const why = "; run scripts/setup-ci";
if (protoc !== null && protobufJar !== null) describe("protoc in docs/languages.md", protocSuite);
else
  describe.skip(
    `protoc in docs/languages.md (there is no protoc in .build/tools${why})`,
    protocSuite,
  );
if (hasGrpcurl()) describe("grpcurl in docs/languages.md", grpcurlSuite);
else describe.skip(`grpcurl in docs/languages.md (there is no grpcurl${why})`, grpcurlSuite);

// The commands of docs/languages.md, run as they stand there: protoc on proto/, and grpcurl against a real broker.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { generate, hasProtoc, installProtoc } from "../languages/support/protoc.js";
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

/** What the options in the proto files promise to each language. */
const namesOf: Readonly<Record<string, RegExp>> = {
  csharp: /^namespace Portlease\.V1 \{/m,
  java: /^package dev\.portlease\.v1;/m,
  php: /^namespace Portlease\\V1;/m,
  ruby: /^module Portlease\n +module V1$/m,
};

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
      const texts = generate(program, command, newDirectory());
      const name = namesOf[language];
      assert.ok(name !== undefined && texts.some((text) => name.test(text)));
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
if (hasProtoc) describe("protoc in docs/languages.md", protocSuite);
else
  describe.skip(
    `protoc in docs/languages.md (there is no protoc in .build/tools${why})`,
    protocSuite,
  );
if (hasGrpcurl()) describe("grpcurl in docs/languages.md", grpcurlSuite);
else describe.skip(`grpcurl in docs/languages.md (there is no grpcurl${why})`, grpcurlSuite);

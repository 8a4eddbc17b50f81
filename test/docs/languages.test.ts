// docs/languages.md and the READMEs of its clients: their samples stand in the files that they name, and the TypeScript one runs as it
// stands. The commands are run by languages.deep.test.ts.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  doubtShare,
  jeopardyLeftShare,
  pauseShare,
  renewAfterShare,
  renewJitterShare,
  safetyMarginMs,
  safetyMarginShare,
} from "#client/lease-timing.js";
import { ioctls } from "#native/win32/layout.js";
import { BrokerLab } from "../support/broker-lab.js";
import { outputMatching } from "../support/cli.js";
import { repositoryRoot } from "../support/repository.js";
import { recordOutput } from "../support/test-output.js";

const page = "docs/languages.md";
const documents = [page, "clients/java/README.md", "clients/csharp/README.md"];

function readFile(name: string): string {
  return readFileSync(join(repositoryRoot, name), "utf8");
}

/** Without the indentation, which is another in a file than in a sample. */
function dedented(text: string): string {
  return text.replaceAll(/^[ \t]+/gm, "").trim();
}

/** The samples that say in a comment before them which file they are from. */
function excerpts(document: string): readonly { readonly file: string; readonly text: string }[] {
  const marked = /^<!-- (\S+) -->\n\n```\w+\n([\s\S]*?)^```$/gm;
  return [...readFile(document).matchAll(marked)].map(([, file = "", text = ""]) => ({
    file,
    text,
  }));
}

describe("docs/languages.md and the READMEs of its samples", () => {
  let lab: BrokerLab;
  let folder = "";
  const programs: ChildProcess[] = [];

  before(async () => {
    lab = await BrokerLab.open();
    // Below the checkout, so that the sample finds @portlease/client as an application would.
    folder = mkdtempSync(join(repositoryRoot, ".build", "languages-"));
  });

  after(async () => {
    for (const program of programs) program.kill("SIGKILL");
    await lab.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("show code as it stands in the files that they name", () => {
    for (const document of documents) {
      const found = excerpts(document);
      assert.ok(found.length > 0, document);
      for (const { file, text } of found) {
        assert.ok(dedented(readFile(file)).includes(dedented(text)), `${document}: ${file}`);
      }
    }
  });

  it("have no code of a program that neither stands in a file nor is run", () => {
    for (const document of documents) {
      const fences = [...readFile(document).matchAll(/^```(\w+)$/gm)].map(([, name]) => name ?? "");
      const programmed = fences.filter((name) => !["sh", "text", "js"].includes(name));
      assert.equal(programmed.length, excerpts(document).length, document);
    }
  });

  it("link only to what exists", () => {
    for (const document of documents) {
      for (const [, path = ""] of readFile(document).matchAll(/\]\((?!https?:)([^)#]+)/g)) {
        assert.ok(
          existsSync(join(repositoryRoot, dirname(document), path)),
          `${document}: ${path}`,
        );
      }
    }
  });

  it("has a TypeScript sample that leases a port and serves on it", async () => {
    const broker = await lab.start();
    const [, sample = ""] = /^```js\n([\s\S]*?)^```$/m.exec(readFile(page)) ?? [];
    const file = join(folder, "sample.mjs");
    writeFileSync(file, sample);
    const program = spawn(process.execPath, [file], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, PORTLEASE_ADDRESS: broker.address },
    });
    programs.push(program);
    recordOutput(program, "languages-sample");
    const [port] = /\d+/.exec(await outputMatching(program.stdout, /^serving on port \d+$/m)) ?? [];
    const response = await fetch(`http://127.0.0.1:${port}/`);
    assert.equal(await response.text(), "hello\n");
  });

  it("gives the moments of a lease and the ioctl as the TypeScript client has them", () => {
    const text = readFile(page);
    assert.equal(renewAfterShare, 1 / 3);
    assert.equal(jeopardyLeftShare, 1 / 3);
    assert.equal(doubtShare, 1 / 3);
    for (const said of [
      `up to ${renewJitterShare * 100} % earlier`,
      `${safetyMarginShare * 100} % of the TTL and ${safetyMarginMs} ms before the deadline`,
      `did not run for 1/${1 / pauseShare} of the TTL`,
      `0x${ioctls.SIO_ASSOCIATE_PORT_RESERVATION.toString(16)}`,
    ]) {
      assert.ok(text.includes(said), said);
    }
  });
});

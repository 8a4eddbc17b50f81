// The workflows before GitHub runs them: actionlint (with shellcheck on their scripts), and our own rules: actions pinned by
// commit, no rights but reading, nothing called that does not exist.

import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { repositoryRoot } from "../support/repository.js";
import { temporaryDirectories } from "../support/temporary-directory.js";
import { describeWithTools, runTool } from "./support/delivery-tools.js";

const folder = join(repositoryRoot, ".github", "workflows");
const workflows = readdirSync(folder).map((name) => ({
  name,
  text: readFileSync(join(folder, name), "utf8"),
}));

describeWithTools("the workflows", ["actionlint", "shellcheck"], () => {
  const makeDirectory = temporaryDirectories();

  /** Lints a copy of them all, in which one was changed. */
  function lintBroken(name: string, place: RegExp, fault: string) {
    const copy = makeDirectory();
    // actionlint looks for the project of the files.
    mkdirSync(join(copy, ".git"));
    cpSync(folder, join(copy, ".github", "workflows"), { recursive: true });
    const text = readFileSync(join(folder, name), "utf8");
    const broken = text.replace(place, fault);
    assert.notEqual(broken, text, `${place} is in ${name}`);
    writeFileSync(join(copy, ".github", "workflows", name), broken);
    return runTool("actionlint", ["-no-color"], { cwd: copy });
  }

  it("pass actionlint", () => {
    const paths = workflows.map(({ name }) => join(folder, name));
    assert.deepEqual(runTool("actionlint", ["-no-color", ...paths]), { exitCode: 0, output: "" });
  });

  it("would not pass it with a mistyped key, expression, runner or script", () => {
    const faults: readonly (readonly [string, RegExp, string, RegExp])[] = [
      ["ci.yml", /runs-on:/, "run-on:", /runs-on/],
      ["windows.yml", /matrix\.node \}\}\n/, "matrix.nodes }}\n", /nodes/],
      ["windows.yml", /windows-2025/, "windows-2052", /windows-2052/],
      ["docker-windows.yml", /"\$GITHUB_SHA"/, "$GITHUB_SHA", /SC2086/],
    ];
    for (const [name, place, fault, finding] of faults) {
      const { exitCode, output } = lintBroken(name, place, fault);
      assert.notEqual(exitCode, 0, fault);
      assert.match(output, finding);
    }
  });

  it("pin every action by commit, and say which release that is", () => {
    for (const { name, text } of workflows) {
      const used = [...text.matchAll(/uses: (.*)$/gm)].map(([, action = ""]) => action);
      for (const action of used) assert.match(action, /^[\w/-]+@[0-9a-f]{40} # v\d/, name);
    }
  });

  it("may read the sources and nothing else, and keep no credentials in the checkout", () => {
    for (const { name, text } of workflows) {
      const { permissions } = parse(text) as { permissions?: unknown };
      assert.deepEqual(permissions, { contents: "read" }, name);
      const checkouts = text.match(/uses: actions\/checkout@/g)?.length ?? 0;
      assert.equal(text.match(/persist-credentials: false/g)?.length, checkouts, name);
      assert.doesNotMatch(text, /secrets\.(?!txt)/, name);
    }
  });

  it("end by themselves, and stop those that a newer push made useless", () => {
    for (const { name, text } of workflows) {
      const { jobs, concurrency } = parse(text) as {
        jobs: Record<string, Record<string, unknown>>;
        concurrency?: { group: string };
      };
      assert.ok(concurrency !== undefined, name);
      for (const [job, { "timeout-minutes": minutes }] of Object.entries(jobs)) {
        assert.equal(typeof minutes, "number", `${name}: ${job}`);
      }
    }
  });

  it("call only scripts and files that exist", () => {
    const { scripts } = JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    for (const { name, text } of workflows) {
      for (const [, script = ""] of text.matchAll(/npm run ([a-z:]+)/g)) {
        assert.ok(script in scripts, `${name}: npm run ${script}`);
      }
      for (const [path] of text.matchAll(/(?<![\w.])(?:scripts|deploy|\.ci)\/[\w./-]+\w/g)) {
        assert.ok(existsSync(join(repositoryRoot, path)), `${name}: ${path}`);
      }
    }
  });

  it("run every Node that is supported on both releases of Windows", () => {
    const windows = workflows.find(({ name }) => name === "windows.yml");
    const { jobs } = parse(windows?.text ?? "") as {
      jobs: { suites: { strategy: { matrix: { os: string[]; node: string[] } } } };
    };
    const { os, node } = jobs.suites.strategy.matrix;
    assert.deepEqual(
      [os, node],
      [
        ["windows-2022", "windows-2025"],
        ["20", "22", "24"],
      ],
    );
  });
});

// The Python client: generated code, types, format, its own tests against real brokers, and the wheel as its users get it. What
// the client does is tested in clients/python/tests.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWithTools, runTool } from "../delivery/support/delivery-tools.js";
import { repositoryRoot } from "../support/repository.js";

const folder = join(repositoryRoot, "clients", "python");
const mypyCache = join(repositoryRoot, ".build", "mypy");

/** Runs a tool in the client's folder and returns what it printed. */
function run(name: string, ...args: readonly string[]): string {
  const { exitCode, output } = runTool(name, args, { cwd: folder });
  assert.equal(exitCode, 0, output);
  return output;
}

describeWithTools(
  "the Python client",
  ["mypy", "pytest", "ruff", "pyproject-build", "protoc-gen-mypy_grpc"],
  function () {
    this.timeout(600_000);

    it("has the messages and stubs of the API as it is", () => {
      execFileSync(process.execPath, ["scripts/gen-python.mjs", "--check"], {
        cwd: repositoryRoot,
        stdio: "pipe",
      });
    });

    it("is formatted and linted", () => {
      run("ruff", "format", "--no-cache", "--check", ".");
      run("ruff", "check", "--no-cache", ".");
    });

    for (const platform of ["linux", "darwin", "win32"]) {
      it(`is fully typed, as it runs on ${platform}`, () => {
        const files = platform === "linux" ? [] : ["src"];
        run("mypy", "--strict", "--cache-dir", mypyCache, "--platform", platform, ...files);
      });
    }

    it("passes its own tests against real brokers", function () {
      const output = run("pytest", "--quiet", "--color=no");
      const counts = /^(\d+) passed in /m.exec(output);
      assert.ok(counts !== null, output);
      // The number is shown, so that a test that is not found any more is missed.
      if (this.test !== undefined) this.test.title += `: ${counts[1]} passed`;
    });

    describe("as a wheel", () => {
      let project = "";
      before(() => {
        project = mkdtempSync(join(tmpdir(), "portlease-wheel-"));
        run("pyproject-build", "--wheel", "--no-isolation", "--outdir", project);
        run("python", "-m", "venv", join(project, "venv"));
      });
      after(() => rmSync(project, { recursive: true, force: true }));

      for (const [which, pins] of [
        ["newest", []],
        ["oldest", ["grpcio==1.75.1", "protobuf==6.31.1", "googleapis-common-protos==1.70.0"]],
      ] as const) {
        it(`is installed alone with the ${which} of its dependencies, and says that there is no broker`, () => {
          const python = join(project, "venv", "bin", "python");
          const wheel = join(project, "portlease-0.1.0-py3-none-any.whl");
          const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
          execFileSync(python, [...pip, wheel, ...pins], { stdio: "pipe" });
          const program =
            "import importlib.resources as files, portlease\n" +
            "assert files.files('portlease').joinpath('py.typed').is_file()\n" +
            "try: portlease.Client('127.0.0.1:1').acquire(timeout=4)\n" +
            "except portlease.PortleaseError as error: print(error.reason)";
          const printed = execFileSync(python, ["-W", "error", "-c", program], {
            cwd: project,
            encoding: "utf8",
          });
          assert.equal(printed, "BROKER_UNREACHABLE\n");
        });
      }
    });
  },
);

// Regenerates the Python messages and stubs (clients/python/src/portlease/v1) from proto/ with the pinned tools that
// scripts/setup-ci installs. The folder is named as the proto package is, so that the generated imports are right as they are.
// "--check" regenerates into a scratch folder and fails when the committed files differ.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const committed = "clients/python/src";
const python = join(".build", "tools", "python", "bin");
if (!existsSync(join(python, "protoc-gen-mypy_grpc"))) {
  console.error("the Python tools are missing; scripts/setup-ci installs them");
  process.exit(1);
}

const check = process.argv.includes("--check");
const output = check ? mkdtempSync(join(tmpdir(), "portlease-gen-python-")) : committed;
// What is in google/rpc comes from the package googleapis-common-protos: a second copy in one process would be refused.
const sources = readdirSync("proto/portlease/v1").map((name) => `portlease/v1/${name}`);
const kinds = ["python", "grpc_python", "mypy", "mypy_grpc"].map(
  (kind) => `--${kind}_out=${output}`,
);
execFileSync(join(python, "python"), ["-m", "grpc_tools.protoc", "-Iproto", ...kinds, ...sources], {
  stdio: ["ignore", "inherit", "inherit"],
  // protoc looks for the plugins there.
  env: { ...process.env, PATH: [python, process.env.PATH].join(delimiter) },
});
dropEmptyStubs(join(output, "portlease/v1"));
writeFileSync(
  join(output, "portlease/v1/__init__.py"),
  '"""The messages and stubs of portlease.v1, generated: for what portlease.Client does not do."""\n',
);
if (check) {
  const folder = "portlease/v1";
  const flags = ["--no-pager", "diff", "--no-index", "--exit-code", "--stat"];
  for (const side of [committed, output])
    rmSync(join(side, folder, "__pycache__"), { recursive: true, force: true });
  execFileSync("git", [...flags, join(committed, folder), join(output, folder)], {
    stdio: "inherit",
  });
  rmSync(output, { recursive: true });
  console.log("generated Python code is up to date");
}

/** Files without a service get an empty module for its stubs. */
function dropEmptyStubs(folder) {
  for (const name of readdirSync(folder)) {
    const stubs = /^(.*)_pb2_grpc\.pyi?$/.exec(name)?.[1];
    if (stubs !== undefined && !stubs.endsWith("_service")) rmSync(join(folder, name));
  }
}

// Regenerates the Go stubs in clients/go/portleasev1 from proto/, with the plugins that scripts/setup-ci installs.
// "--check" regenerates into a scratch folder and fails when the committed files differ.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const stubs = "clients/go/portleasev1";
const check = process.argv.includes("--check");
if (!existsSync(".build/tools/bin/protoc-gen-go-grpc")) {
  console.error("there is no protoc-gen-go-grpc in .build/tools/bin; run scripts/setup-ci");
  process.exit(1);
}
const output = check ? mkdtempSync(join(tmpdir(), "portlease-gen-go-")) : ".";
const run = (command, args) => execFileSync(command, args, { stdio: "inherit" });
const template = ["--template", "buf.gen.go.yaml", "--path", "proto/portlease"];
try {
  run("npx", ["--no-install", "buf", "generate", ...template, "-o", output]);
  if (check) {
    const diff = ["--no-pager", "diff", "--no-index", "--exit-code", "--stat"];
    run("git", [...diff, stubs, join(output, stubs)]);
    console.log("generated Go code is up to date");
  }
} finally {
  if (check) rmSync(output, { recursive: true });
}

// Regenerates src/gen from proto/: TypeScript by ts-proto, and the descriptor set (with comments) that reflection serves. And
// src/etcd/gen from src/etcd/proto, which is no part of that set.
// "--check" regenerates into a scratch folder and fails when the committed files differ.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const check = process.argv.includes("--check");
const output = check ? mkdtempSync(join(tmpdir(), "portlease-gen-")) : ".";
const run = (command, args) =>
  execFileSync(command, args, { stdio: "inherit", shell: process.platform === "win32" });

run("npx", ["--no-install", "buf", "generate", "-o", output]);
run("npx", ["--no-install", "buf", "build", "-o", join(output, "src/gen/descriptor.binpb")]);
run("npx", ["--no-install", "buf", "generate", "--template", "buf.gen.etcd.yaml", "-o", output]);
if (check) {
  const api = ["portlease", "google", "grpc", "descriptor.binpb"];
  const entries = [...api.map((entry) => `src/gen/${entry}`), "src/etcd/gen"];
  for (const entry of entries) {
    run("git", [
      "--no-pager",
      "diff",
      "--no-index",
      "--exit-code",
      "--stat",
      entry,
      join(output, entry),
    ]);
  }
  rmSync(output, { recursive: true });
  console.log("generated code is up to date");
}

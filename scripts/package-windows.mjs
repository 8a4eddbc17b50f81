// npm run package:windows [-- --output FOLDER] [--node FOLDER | --node-version VERSION]
//
// Writes portlease-VERSION-win-x64.zip, for Windows hosts without Node, and SHA256SUMS beside it, on any platform: into
// .build/package unless told. The same checkout and the same Node make the same bytes. What is in it: windows-layout.mjs.
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkNodeVersion, installIfNeeded, root } from "./prepare.mjs";
import { readLayoutOptions } from "./windows-options.mjs";

checkNodeVersion();
const usage =
  "usage: npm run package:windows [-- --output FOLDER] [--node FOLDER | --node-version VERSION]";
const { output = join(root, ".build", "package"), source } = readLayoutOptions(usage);
installIfNeeded();
// These need what is installed only now.
const { assembleWindows } = await import("./windows-layout.mjs");
const { zipFolder } = await import("./zip-folder.mjs");
const scratch = mkdtempSync(join(tmpdir(), "portlease-package-"));
try {
  const { version, files } = assembleWindows(join(scratch, "layout"), source);
  const name = `portlease-${version}-win-x64`;
  const archive = zipFolder(join(scratch, "layout"), name);
  const sha256 = createHash("sha256").update(archive).digest("hex");
  mkdirSync(output, { recursive: true });
  writeFileSync(join(output, `${name}.zip`), archive);
  // As sha256sum --check reads it: https://www.gnu.org/software/coreutils/manual/html_node/cksum-output-modes.html
  writeFileSync(join(output, "SHA256SUMS"), `${sha256}  ${name}.zip\n`);
  console.log(`${join(output, `${name}.zip`)}: ${files} files, ${archive.length} bytes`);
  console.log(`sha256 ${sha256}`);
} catch (error) {
  console.error(`portlease: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

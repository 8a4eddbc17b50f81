// Which of the tests run under Wine, by the source file. A test that needs the Linux kernel says so by what it imports, and is
// left out here rather than shown as pending: nothing may be pending under Wine. And which of those on Linux use the lab.
import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "../prepare.mjs";

/** Tests of this name run on Windows only: they need its reservation calls. */
const windowsOnlyEnd = ".wine.test.ts";

/** Folders whose tests run on Windows as well as on Linux. */
const sharedFolders = ["test/native", "test/store", "test/e2e"];

const linuxOnly =
  /from "[./]*(native\/)?(support\/)?(linux-only|network-namespace)\.js"|process\.platform !== "linux"\) this\.skip/;

/** Compiled test files relative to the root, for the given folders or files; all of them when none is given. */
export function windowsTests(paths) {
  return readdirSync(join(root, "test"), { recursive: true })
    .map((name) => `test/${String(name)}`)
    .filter((file) => paths.length === 0 || paths.some((path) => isWithin(file, path)))
    .filter((file) => file.endsWith(windowsOnlyEnd) || isShared(file))
    .map((file) => `.build/${file.replace(/\.ts$/, ".js")}`)
    .toSorted();
}

function isShared(file) {
  if (!file.endsWith(".test.ts") || file.endsWith(".deep.test.ts")) return false;
  if (!sharedFolders.some((folder) => file.startsWith(`${folder}/`))) return false;
  return !linuxOnly.test(readFileSync(join(root, file), "utf8"));
}

function isWithin(file, path) {
  const folder = relative(root, join(root, path));
  return file === folder || file.startsWith(`${folder}/`);
}

/** True for a test on Linux that starts Windows programs in the lab, by the source file. */
export function usesLab(file) {
  return /from "[./]*(wine\/)?support\/(wine-|port-pool|pool-caller|lab-layout)/.test(
    readFileSync(file, "utf8"),
  );
}

// The end-to-end tests of the lab (test/wine/e2e): they run on this machine and start Windows programs, the broker among them.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { root, toolEnvironment, toolPath } from "../prepare.mjs";
import { leakedSecrets } from "../secret-search.mjs";
import { lab as labFolder } from "./lab-paths.mjs";

const folderOfTests = "test/wine/e2e";

/** Compiled test files for the given folders or files; all of them, the deep ones too, when none is given. */
export function endToEndTests(paths) {
  const wanted = paths.map((path) => relative(root, join(root, path)));
  return readdirSync(join(root, folderOfTests))
    .map((name) => `${folderOfTests}/${name}`)
    .filter((file) => file.endsWith(".test.ts"))
    .filter((file) => {
      return wanted.length === 0 || wanted.some((path) => `${file}/`.startsWith(`${path}/`));
    })
    .map((file) => join(root, ".build", file.replace(/\.ts$/, ".js")))
    .toSorted();
}

/** Resolves with mocha's counts; a run that died, and a secret that was printed, count as failures. */
export async function runEndToEnd(files, mochaOptions) {
  const folder = join(labFolder, "runs", `${process.pid}-end-to-end`);
  const [counts, output] = [join(folder, "counts.json"), join(folder, "output")];
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  const reporter = ["--reporter", join(root, "scripts", "test-reporter.mjs")];
  const child = spawn(
    process.execPath,
    [toolPath("mocha", "mocha"), ...reporter, ...mochaOptions, ...files],
    {
      cwd: root,
      env: {
        ...toolEnvironment(),
        PORTLEASE_TEST_SUMMARY: counts,
        PORTLEASE_TEST_OUTPUT: output,
      },
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  await new Promise((resolve) => child.on("exit", resolve));
  const leaks = leakedSecrets(output);
  for (const leak of leaks) console.error(`portlease: ${leak}`);
  const died = { passed: 0, failed: 1, skipped: 0 };
  const result = existsSync(counts) ? JSON.parse(readFileSync(counts, "utf8")) : died;
  rmSync(folder, { recursive: true, force: true });
  return { ...result, failed: result.failed + leaks.length };
}

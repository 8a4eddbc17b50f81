// A copy of an example where it may be built and installed: nothing that this makes belongs into the repository. `@portlease/client`
// is found above it, in the checkout.

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../support/repository.js";
import { examplesFolder } from "./example-readme.js";

/** Copies the example anew, over what was installed for it before; returns the folder. */
export function copyOfExample(example: string): string {
  const folder = join(repositoryRoot, ".build", "examples", example);
  cpSync(join(examplesFolder, example), folder, { recursive: true });
  return folder;
}

/**
 * Installs what the example's package.json names, from the npm registry, except for the client. No-op where just that is
 * installed. Throws when npm fails.
 */
export function installInCopy(folder: string): void {
  const packageFile = join(folder, "package.json");
  const described = JSON.parse(readFileSync(packageFile, "utf8")) as {
    dependencies: Record<string, string>;
  };
  delete described.dependencies["@portlease/client"];
  const wanted = JSON.stringify(described, null, 2);
  writeFileSync(packageFile, wanted);
  // Stands beside what was installed from it.
  const installed = join(folder, "node_modules", "installed.json");
  if (existsSync(installed) && readFileSync(installed, "utf8") === wanted) return;
  rmSync(join(folder, "node_modules"), { recursive: true, force: true });
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel", "error"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
  writeFileSync(installed, wanted);
}

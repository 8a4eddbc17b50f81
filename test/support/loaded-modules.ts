// What a module brings with it: all that it imports without being asked again, and what that imports. Read from the compiled files, so
// that nothing runs.

import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { createRequire } from "node:module";
import { relative, sep } from "node:path";
import { repositoryRoot } from "./repository.js";

export interface LoadedModules {
  /** Of this repository, seen from its root, with "/": "dist/src/server/main.js". */
  readonly files: ReadonlySet<string>;
  /** Of others, by their names. What they bring themselves is not looked at. */
  readonly packages: ReadonlySet<string>;
}

/** As tsc writes them: each import begins a line, and one that is asked for later, "await import(", is none. */
const importLine = /^(?:import|export)\s(?:[^;"']*?\sfrom\s)?"([^"]+)";/gm;

/** `entries`: compiled files, seen from the repository's root. */
export function loadedBy(entries: readonly string[]): LoadedModules {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (path: string): void => {
    const name = relative(repositoryRoot, path).split(sep).join("/");
    if (files.has(name)) return;
    files.add(name);
    for (const [, specifier = ""] of readFileSync(path, "utf8").matchAll(importLine)) {
      if (specifier.startsWith("node:")) continue;
      if (specifier.startsWith(".")) visit(fileURLToPath(new URL(specifier, pathToFileURL(path))));
      else if (specifier.startsWith("@portlease/")) visit(createRequire(path).resolve(specifier));
      else packages.add(packageOf(specifier));
    }
  };
  for (const entry of entries)
    visit(fileURLToPath(new URL(entry, pathToFileURL(`${repositoryRoot}/`))));
  return { files, packages };
}

/** "@bufbuild/protobuf" of "@bufbuild/protobuf/wire". */
function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

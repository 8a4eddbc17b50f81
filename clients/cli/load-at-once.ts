// Loads modules of ours in one go, for what has hundreds of them: Node's import() reads and links each in turns of its own, which takes
// a quarter more time. Whoever needs a module imports it as ever, and finds it loaded.

import { createRequire } from "node:module";

/**
 * `paths` are seen from `importer`, the URL of a module, and nothing that they bring may wait at its top level. Does nothing where
 * Node cannot require() such modules: https://nodejs.org/api/process.html#processfeaturesrequire_module
 */
export function loadAtOnce(importer: string, paths: readonly string[]): void {
  if (!process.features.require_module) return;
  const require = createRequire(importer);
  for (const path of paths) require(path);
}

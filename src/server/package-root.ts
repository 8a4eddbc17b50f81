// Where this package lies. The same modules run from two places, each as compiled from one source and all in one bundle, so that
// nothing may be looked for by counting folders from a module.

import { existsSync } from "node:fs";

/** Ends with "/". The nearest folder above this module that has a package.json: that of the package, and of a checkout. */
export const packageRoot: URL = nearest(new URL(".", import.meta.url));

function nearest(folder: URL): URL {
  if (existsSync(new URL("package.json", folder))) return folder;
  const above = new URL("..", folder);
  if (above.href === folder.href) {
    throw new Error(
      `portlease is not complete: there is no package.json above ${import.meta.url}; install it again`,
    );
  }
  return nearest(above);
}

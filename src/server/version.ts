// The version of this build, read from the package itself so that it is written down once.

import { readFileSync } from "node:fs";
import { packageRoot } from "./package-root.js";

const packageUrl = new URL("package.json", packageRoot);

export const version = (JSON.parse(readFileSync(packageUrl, "utf8")) as { version: string })
  .version;

// The version of this build, read from the package itself so that it is written down once.

import { readFileSync } from "node:fs";

/** Compiled to dist/src/server/version.js, three folders below package.json. */
const packageUrl = new URL("../../../package.json", import.meta.url);

export const version = (JSON.parse(readFileSync(packageUrl, "utf8")) as { version: string })
  .version;

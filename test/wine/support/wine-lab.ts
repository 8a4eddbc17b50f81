// The Wine lab as `npm run wine:setup` left it: where its programs are, and what they need in their environment.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../support/repository.js";

/** Written by scripts/wine/set-up.mjs. All paths are of Linux. */
export interface WineLab {
  readonly environment: Readonly<Record<string, string>>;
  readonly winerun: string;
  readonly portpoolctl: string;
  /** test/wine/listenfd-client. */
  readonly listenfdClient: string;
  /** node.exe by major version. */
  readonly nodes: Readonly<Record<string, string>>;
  /** The product and its tests, laid out for Windows. */
  readonly app: string;
}

const descriptionPath = join(repositoryRoot, ".build", "wine", "lab.json");

const setUpCommand =
  "apt-get install wine wine64 gcc-mingw-w64-x86-64 && npm run wine:setup; see docs/wine-lab.md";

/** Throws where the lab was not set up; suites within `describeInWine` need not care. */
export function wineLab(): WineLab {
  return JSON.parse(readFileSync(descriptionPath, "utf8")) as WineLab;
}

/** Per test and hook. A Windows Node takes a second to start, and several on a busy machine. */
const testMsMax = 30_000;

/** A suite that starts Windows programs; pending, with the command that changes it, where there is no lab. */
export function describeInWine(title: string, suite: (this: Mocha.Suite) => void): void {
  if (existsSync(descriptionPath)) {
    describe(title, function () {
      this.timeout(testMsMax);
      suite.call(this);
    });
  } else {
    describe.skip(`${title} (needs the Wine lab: ${setUpCommand})`, suite);
  }
}

/** How a Windows program calls a file of this machine. */
export function windowsPath(path: string): string {
  return `Z:${path.replaceAll("/", "\\")}`;
}

/** The environment of a process of the lab: nothing of this process but the path, so that tests say what they need. */
export function wineEnvironment(added: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return { PATH, HOME, NO_COLOR: "1", ...wineLab().environment, ...added };
}

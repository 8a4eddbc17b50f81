// The licences of everything that is installed with the broker: permissive ones alone.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../support/repository.js";

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  /** A folder of this repository. */
  readonly link?: boolean;
}

/** https://spdx.org/licenses/ ; none of them asks for more than to be named. */
const permissive = new Set(["MIT", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0"]);

/** "(Apache-2.0 AND BSD-3-Clause)" asks for both. */
function isPermissive(expression: string): boolean {
  const words = expression.replaceAll(/[()]/g, "").split(/ (?:AND|OR) /);
  return words.every((word) => permissive.has(word));
}

describe("the packages that are installed with the broker", () => {
  const lock = JSON.parse(readFileSync(join(repositoryRoot, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, LockedPackage>>;
  };
  const installed = Object.entries(lock.packages).filter(
    ([path, { dev, link }]) => path.includes("node_modules/") && dev !== true && link !== true,
  );

  it("are all under permissive licences", () => {
    const others = installed
      .filter(([, { license }]) => !isPermissive(license ?? "none"))
      .map(([path, { license }]) => `${path}: ${license}`);
    assert.deepEqual(others, []);
    assert.ok(installed.length > 50);
  });

  it("are what is bundled into the program too, so that nothing in it goes unseen", () => {
    const file = join(repositoryRoot, "dist", "portlease", "THIRD-PARTY.txt");
    const bundled = [...readFileSync(file, "utf8").matchAll(/^=== (\S+) (\S+) \((.+)\)$/gm)];
    assert.ok(bundled.length > 20);
    const known = new Set(
      installed.map(([path, { version }]) => `${path.split("node_modules/").at(-1)} ${version}`),
    );
    for (const [, name, version, license = ""] of bundled) {
      assert.ok(known.has(`${name} ${version}`), name);
      assert.ok(isPermissive(license), `${name}: ${license}`);
    }
  });

  it("would not pass with another licence among them", () => {
    assert.ok(isPermissive("(Apache-2.0 AND BSD-3-Clause)"));
    for (const other of ["GPL-3.0", "MIT AND AGPL-3.0", "UNLICENSED", "none"]) {
      assert.ok(!isPermissive(other), other);
    }
  });
});

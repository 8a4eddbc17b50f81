// Blocks of kind ADMINISTERED on Linux change a list of the whole network namespace, so their tests run in one of their own.

import { fileURLToPath } from "node:url";
import { itInNamespace } from "../support/network-namespace.js";

describe("administered ports on Linux", () => {
  const file = fileURLToPath(new URL("namespace/administered.js", import.meta.url));
  itInNamespace("pass their tests in a network namespace", file, 60_000);
});

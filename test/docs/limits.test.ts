// docs/limits.md against the constants.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as limits from "#server/grpc/limits.js";
import { load } from "../support/config-world.js";
import { repositoryRoot } from "../support/repository.js";

describe("docs/limits.md", () => {
  it("has every limit of the transport with its value, and no other", () => {
    const page = readFileSync(join(repositoryRoot, "docs", "limits.md"), "utf8");
    const rows = page.matchAll(/^\|[^|]*\| ([\d,]+) +\|[^|]*\| `(\w+)` +\|$/gm);
    const documented = [...rows].map(([, value = "", name = ""]) => [
      name,
      Number(value.replaceAll(",", "")),
    ]);
    assert.deepEqual(Object.fromEntries(documented), { ...limits, ...load().config.limits });
  });
});

// docs/doctor.md names every fact that the doctor tries, with the kinds that need it, and none besides; each has a source.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Fact } from "#native/doctor/fact.js";
import { linuxFacts } from "#native/doctor/linux/linux-doctor.js";
import { windowsFacts } from "#native/doctor/windows/windows-doctor.js";
import { describeOnLinux } from "../support/linux-only.js";
import { repositoryRoot } from "../../support/repository.js";

const facts: readonly Fact<never>[] = [...windowsFacts, ...linuxFacts];
const row = /^\| `([a-z]+\.[a-z0-9-]+)` +\| .* \| ([A-Z, ]+|-) +\| [^|]+\|$/gm;

describeOnLinux("docs/doctor.md", () => {
  it("lists every fact with the kinds that need it", () => {
    const text = readFileSync(join(repositoryRoot, "docs", "doctor.md"), "utf8");
    const listed = [...text.matchAll(row)].map(([, id, kinds]) => `${id}: ${kinds?.trim()}`);
    const expected = facts.map(
      ({ id, neededBy }) =>
        `${id}: ${neededBy.map((kind) => kind.toUpperCase()).join(", ") || "-"}`,
    );
    assert.deepEqual(listed, expected);
  });

  it("is about facts whose ids are unique, and which all have a title and a source", () => {
    assert.equal(new Set(facts.map(({ id }) => id)).size, facts.length);
    for (const { id, title, source } of facts) {
      assert.match(title, /^\S.*[^.]$/, id);
      assert.match(source, /^(https:|inferred|documented nowhere|a note)/, id);
    }
  });
});

// What a server loads a little after its start, and what it says where that cannot be loaded any more.

import assert from "node:assert/strict";
import { loadLateParts } from "#server/late-parts.js";
import { silentLog } from "../support/silent-log.js";

describe("the late parts of a server", () => {
  it("are all loaded, which is nothing to tell", async () => {
    const told: string[] = [];
    await loadLateParts({ ...silentLog, warn: (message) => told.push(message) });
    assert.deepEqual(told, []);
  });

  it("are no reason to end where the program was replaced meanwhile, but one to tell", async () => {
    const told: string[] = [];
    const log = { ...silentLog, warn: (message: string) => told.push(message) };
    await loadLateParts(log, [() => Promise.resolve(), () => Promise.reject(new Error("gone"))]);
    assert.equal(told.length, 1);
    assert.match(told[0] ?? "", /replaced or removed while it runs.* restart it/);
  });
});

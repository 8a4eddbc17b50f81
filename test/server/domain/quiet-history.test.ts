import assert from "node:assert/strict";
import type { LeaseHistory, RetainedChanges } from "#server/domain/lease-history.js";
import { QuietHistory } from "#server/domain/quiet-history.js";
import { settle } from "../../support/broker-fixture.js";

describe("QuietHistory", () => {
  it("reads for one reader after the other, also after a failed read, which it tells as store_unavailable", async () => {
    const asked: number[] = [];
    const answers: ((changes: RetainedChanges | Error) => void)[] = [];
    const slow: LeaseHistory = {
      readChanges: (afterRevision) => {
        asked.push(afterRevision);
        return new Promise((resolve, reject) => {
          answers.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
        });
      },
      searchChanges: () => Promise.reject(new Error("nobody searches here")),
    };
    const history = new QuietHistory(slow);
    const [first, second, third] = [1, 2, 3].map((after) => history.readChanges(after, 10));
    const failure = assert.rejects(second ?? Promise.resolve(), { code: "store_unavailable" });
    await settle();
    assert.deepEqual(asked, [1]);
    answers[0]?.({ baseRevision: 1, changes: [] });
    assert.deepEqual(await first, { baseRevision: 1, changes: [] });
    await settle();
    assert.deepEqual(asked, [1, 2]);
    answers[1]?.(new Error("the thread has ended"));
    await failure;
    await settle();
    answers[2]?.({ baseRevision: 3, changes: [] });
    assert.deepEqual(await third, { baseRevision: 3, changes: [] });
  });
});

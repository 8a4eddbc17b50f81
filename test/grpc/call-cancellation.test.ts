// Who hears that a caller has gone away, and how often.

import assert from "node:assert/strict";
import { CallCancellation } from "#server/grpc/call-cancellation.js";

describe("CallCancellation", () => {
  let cancellation: CallCancellation;
  let told: string[];

  beforeEach(() => {
    cancellation = new CallCancellation();
    told = [];
  });

  function listener(name: string): () => void {
    return () => void told.push(`${name}, aborted: ${cancellation.aborted}`);
  }

  it("tells each listener once that the caller has gone away, when it is already so", () => {
    const twice = listener("a");
    for (const each of [twice, twice, listener("b")]) cancellation.addEventListener("abort", each);
    assert.deepEqual([cancellation.aborted, told], [false, []]);
    cancellation.abort();
    cancellation.abort();
    assert.deepEqual(told, ["a, aborted: true", "b, aborted: true"]);
    assert.equal(cancellation.aborted, true);
  });

  it("never tells who listens when it is too late", () => {
    cancellation.abort();
    cancellation.addEventListener("abort", listener("late"));
    cancellation.abort();
    assert.deepEqual(told, []);
  });

  it("does not tell who has stopped to listen", () => {
    const [gone, there] = [listener("gone"), listener("there")];
    cancellation.removeEventListener("abort", gone);
    for (const each of [gone, there]) cancellation.addEventListener("abort", each);
    cancellation.removeEventListener("abort", gone);
    cancellation.abort();
    assert.deepEqual(told, ["there, aborted: true"]);
    cancellation.removeEventListener("abort", there);
  });

  it("has nobody to tell where nobody listens", () => {
    cancellation.abort();
    assert.equal(cancellation.aborted, true);
  });
});

import assert from "node:assert/strict";
import { fromDuration, toDuration } from "#server/grpc/time.js";
import { BrokerError } from "#server/domain/errors.js";

function refused(seconds: bigint, nanos: number): void {
  assert.throws(
    () => fromDuration("ttl", { seconds, nanos }),
    (error) =>
      error instanceof BrokerError &&
      error.code === "field_invalid" &&
      error.details.field === "ttl",
  );
}

describe("durations", () => {
  it("become seconds and nanoseconds and back", () => {
    assert.deepEqual(toDuration(0), { seconds: 0n, nanos: 0 });
    assert.deepEqual(toDuration(1_500), { seconds: 1n, nanos: 500_000_000 });
    assert.deepEqual(toDuration(0.25), { seconds: 0n, nanos: 250_000 });
    for (const milliseconds of [0, 1, 999, 1_000, 30_000, 86_400_000, 123.456]) {
      assert.ok(
        Math.abs((fromDuration("ttl", toDuration(milliseconds)) ?? -1) - milliseconds) < 1e-5,
      );
    }
  });

  it("never carry a whole second in the nanoseconds", () => {
    assert.deepEqual(toDuration(1_999.999_999_9), { seconds: 2n, nanos: 0 });
  });

  it("are null when unset, which is not zero", () => {
    assert.equal(fromDuration("ttl", undefined), null);
    assert.equal(fromDuration("ttl", { seconds: 0n, nanos: 0 }), 0);
  });

  it("are refused when negative, malformed or absurdly long", () => {
    refused(-1n, 0);
    refused(0n, -1);
    refused(0n, 1_000_000_000);
    refused(315_576_000_000n, 0);
  });
});

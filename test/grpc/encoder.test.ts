import assert from "node:assert/strict";
import type { BinaryWriter } from "@bufbuild/protobuf/wire";
import { ReleaseLeaseRequest } from "@portlease/proto/portlease/v1/lease_service.js";
import { encoderOf } from "#server/grpc/encoder.js";

const messages = ["a", "b".repeat(1_000), "", "c"].map((leaseId) =>
  ReleaseLeaseRequest.fromPartial({ leaseId }),
);

describe("an encoder", () => {
  it("gives the bytes of each message, which the next one leaves alone", () => {
    const encode = encoderOf(ReleaseLeaseRequest);
    const encoded = messages.map((message) => encode(message));
    assert.deepEqual(
      encoded,
      messages.map((message) => ReleaseLeaseRequest.encode(message).finish()),
    );
  });

  it("has nothing left of a message that could not be encoded", () => {
    const encode = encoderOf({
      encode: (message: ReleaseLeaseRequest, writer?: BinaryWriter): BinaryWriter => {
        const written = ReleaseLeaseRequest.encode(message, writer);
        if (message.leaseId === "a") throw new RangeError("no");
        return written;
      },
    });
    assert.throws(() => encode(ReleaseLeaseRequest.fromPartial({ leaseId: "a" })), RangeError);
    const message = ReleaseLeaseRequest.fromPartial({ leaseId: "b" });
    assert.deepEqual(encode(message), ReleaseLeaseRequest.encode(message).finish());
  });
});

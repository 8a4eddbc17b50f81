// ExportState: everything durable but the secrets, as of one revision.

import assert from "node:assert/strict";
import {
  ExportStateRequest,
  type ExportStateResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { type ImaginaryBroker, startImaginaryBroker } from "../support/imaginary-broker.js";
import { fromMs } from "../support/lease-caller.js";

type Part = NonNullable<ExportStateResponse["part"]>;

describe("ExportState", () => {
  let imaginary: ImaginaryBroker;

  beforeEach(async () => {
    imaginary = await startImaginaryBroker();
  });

  afterEach(() => imaginary.stop());

  async function exported(): Promise<Part[]> {
    const stream = imaginary.caller.adminClient.exportState(ExportStateRequest.fromPartial({}));
    const parts: Part[] = [];
    for await (const { part } of stream as AsyncIterable<ExportStateResponse>) {
      if (part !== undefined) parts.push(part);
    }
    return parts;
  }

  it("streams the blocks, then the active leases, then the revision that they show", async () => {
    const { caller, broker } = imaginary;
    const one = await caller.acquire({ ttl: fromMs(30_000), requestId: "one" });
    const gone = await caller.acquire();
    await caller.release(gone);
    const parts = await exported();
    assert.deepEqual(
      parts.map((part) => part.$case),
      ["block", "lease", "completeAtRevision"],
    );
    const [block, lease, end] = parts;
    assert.equal(block?.$case === "block" && block.value.portCount, 8);
    assert.equal(lease?.$case === "lease" && lease.value.leaseId, one.leaseId);
    assert.equal(end?.$case === "completeAtRevision" && end.value, BigInt(broker.revision));
  });

  it("never has a holder key or a request_id", async () => {
    const { holderKey } = await imaginary.caller.acquire({ requestId: "a-request-of-mine" });
    const text = JSON.stringify(await exported(), (_, value: unknown) =>
      typeof value === "bigint" ? String(value) : value,
    );
    assert.ok(!text.includes(holderKey) && !text.includes("a-request-of-mine"));
  });

  it("ends when the caller goes away, and the broker goes on", async () => {
    const stream = imaginary.caller.adminClient.exportState(ExportStateRequest.fromPartial({}));
    const ended = new Promise((resolve) => stream.once("error", resolve));
    stream.resume();
    stream.cancel();
    await ended;
    assert.equal((await exported()).at(-1)?.$case, "completeAtRevision");
  });
});

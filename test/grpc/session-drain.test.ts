// How holders hear that the block of their ports is being drained, over real gRPC on an imaginary host.

import assert from "node:assert/strict";
import { LeaseNotice_Type } from "@portlease/proto/portlease/v1/lease_service.js";
import { type ImaginaryBroker, startImaginaryBroker } from "../support/imaginary-broker.js";
import { SessionCaller } from "../support/session-caller.js";

describe("A block that is being drained", () => {
  let imaginary: ImaginaryBroker;

  beforeEach(async () => {
    imaginary = await startImaginaryBroker();
  });

  afterEach(() => imaginary.stop());

  const drain = () => imaginary.broker.blocks.setDraining(imaginary.block, true);

  it("is told to holders on their sessions, and once to those who come later", async () => {
    const { caller } = imaginary;
    const lease = await caller.acquire();
    const { leaseId, holderKey } = lease;
    const leases = [{ leaseId, holderKey }];
    const renewal = { $case: "renewLeases" as const, value: { leases } };
    const there = new SessionCaller(caller);
    await there.tell(renewal, "renewLeases");
    await drain();
    const notice = await there.nextNotice();
    assert.deepEqual([notice.leaseId, notice.type], [leaseId, LeaseNotice_Type.TYPE_DRAIN_ASKED]);
    there.cancel();

    const later = new SessionCaller(caller);
    await later.tell(renewal, "renewLeases");
    assert.equal((await later.nextNotice()).type, LeaseNotice_Type.TYPE_DRAIN_ASKED);
    await later.tell(renewal, "renewLeases");
    await later.tell({ $case: "ping", value: {} }, "pong");
    assert.equal(later.unheardCount, 0);
    later.cancel();
  });

  it("is a warning in every renewal by itself", async () => {
    const { caller } = imaginary;
    const lease = await caller.acquire();
    assert.deepEqual((await caller.renewAnswer(lease)).warnings, []);
    await drain();
    const [warning] = (await caller.renewAnswer(lease)).warnings;
    assert.equal(warning?.reason, "DRAIN_ASKED");
    assert.equal((await caller.get(lease.leaseId)).draining, true);
  });
});

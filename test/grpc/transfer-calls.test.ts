// TransferSocket and ConfirmTransfer over real gRPC, on an imaginary host whose tables name the caller's process.

import assert from "node:assert/strict";
import { Protocol } from "@portlease/proto/portlease/v1/common.js";
import {
  TransferSocketRequest_AddressFamily as Family,
  type DeepPartial,
  type TransferSocketRequest,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { confirmWithinMs } from "#server/transfers.js";
import { type ImaginaryBroker, startImaginaryBroker } from "../support/imaginary-broker.js";
import { type Acquired, toMs } from "../support/lease-caller.js";
import { failureOf, type RpcFailure } from "../support/rpc-failure.js";

const ownId = 5_151;
const parentId = 5_150;
const strangerId = 4_242;

describe("TransferSocket and ConfirmTransfer", () => {
  let imaginary: ImaginaryBroker;
  let lease: Acquired;

  beforeEach(async () => {
    imaginary = await startImaginaryBroker();
    const { host, caller } = imaginary;
    host.startProcess({ processId: parentId, processName: "shell", startTime: "1" });
    host.startProcess({ processId: ownId, processName: "lessee", startTime: "2" }, parentId);
    host.startProcess({ processId: strangerId, processName: "stranger", startTime: "3" });
    lease = await caller.acquire({ portCount: 2 });
  });

  afterEach(() => imaginary.stop());

  const ask = (fields: DeepPartial<TransferSocketRequest> = {}) => {
    const { leaseId, holderKey } = lease;
    return imaginary.caller.transfer({ leaseId, holderKey, processId: ownId, ...fields });
  };
  const refused = async (fields: DeepPartial<TransferSocketRequest>): Promise<RpcFailure> =>
    failureOf(ask(fields));
  const open = (protocolInfo: Uint8Array) =>
    imaginary.host
      .openLesseeSockets({ processId: ownId })
      .openTransferred({ protocol: "tcp", port: lease.port, protocolInfo });

  it("gives the caller's process a socket, and forgets its own copy on the holder's word", async () => {
    await imaginary.callAs(ownId);
    const { protocolInfo, transferId, confirmWithin } = await ask();
    assert.equal(toMs(confirmWithin), confirmWithinMs);
    assert.equal(open(protocolInfo).port, lease.port);
    assert.equal(imaginary.transfers.openCount, 1);
    const { holderKey } = lease;
    await imaginary.caller.confirm({ transferId, holderKey });
    await imaginary.caller.confirm({ transferId, holderKey });
    assert.equal(imaginary.transfers.openCount, 0);
    const bound = await refused({});
    assert.equal(`${bound.codeName} ${bound.reason}`, "FAILED_PRECONDITION ALREADY_BOUND");
  });

  it("binds the port that is named, and the address of the family", async () => {
    await ask({ port: lease.port + 1, addressFamily: Family.ADDRESS_FAMILY_IPV4 });
    const pending = await refused({ port: lease.port + 1 });
    assert.equal(`${pending.codeName} ${pending.reason}`, "FAILED_PRECONDITION TRANSFER_PENDING");
    assert.equal(pending.details.errorInfo?.metadata["address"], "0.0.0.0");
    assert.equal(toMs(pending.details.retryInfo?.retryDelay), confirmWithinMs);
  });

  it("hands nothing to another process, not even to the one that started the caller", async () => {
    await imaginary.callAs(ownId);
    for (const processId of [strangerId, parentId]) {
      const failure = await refused({ processId });
      assert.equal(`${failure.codeName} ${failure.reason}`, "PERMISSION_DENIED NOT_YOUR_PROCESS");
      assert.ok(!failure.text.includes(String(ownId)), "whose connection it is stays untold");
    }
    assert.equal(imaginary.transfers.openCount, 0);
  });

  it("takes the caller's word where the host's tables do not say who it is", async () => {
    await ask({ processId: strangerId });
  });

  it("refuses what it cannot bind, by field", async () => {
    const cases: readonly (readonly [string, DeepPartial<TransferSocketRequest>])[] = [
      ["process_id", { processId: 0 }],
      ["port", { port: lease.port + 2 }],
      ["port", { port: 1 }],
      ["protocol", { protocol: Protocol.PROTOCOL_UDP }],
      ["protocol", { protocol: Protocol.PROTOCOL_TCP_AND_UDP }],
      ["protocol", { protocol: 99 as never }],
      ["address", { address: "localhost" }],
      ["address", { address: "fe80::1%eth0" }],
      ["address", { address: "::ffff:127.0.0.1" }],
      ["address", { address: "127.0.0.1", addressFamily: Family.ADDRESS_FAMILY_IPV6 }],
      ["address", { address: "127.0.0.1", addressFamily: Family.ADDRESS_FAMILY_DUAL_STACK }],
      ["address", { address: "::", addressFamily: Family.ADDRESS_FAMILY_IPV4 }],
      ["address_family", { addressFamily: 99 as never }],
      ["lease_id", { leaseId: "" }],
      ["holder_key", { holderKey: "" }],
    ];
    for (const [field, fields] of cases) {
      const failure = await refused(fields);
      assert.equal(failure.codeName, "INVALID_ARGUMENT", field);
      const [violation] = failure.details.badRequest?.fieldViolations ?? [];
      assert.equal(violation?.field, field);
    }
    assert.equal(imaginary.transfers.openCount, 0);
  });

  it("takes every way to write an address for the same one", async () => {
    const { transferId } = await ask({ address: "0:0:0:0:0:0:0:1" });
    for (const addressFamily of [
      Family.ADDRESS_FAMILY_IPV6,
      Family.ADDRESS_FAMILY_DUAL_STACK,
    ] as const) {
      assert.equal((await ask({ address: "::1", addressFamily })).transferId, transferId);
    }
  });

  it("asks for the holder's key, for the socket and for the confirmation", async () => {
    const { transferId } = await ask();
    const other = await imaginary.caller.acquire();
    for (const call of [
      ask({ holderKey: other.holderKey }),
      imaginary.caller.confirm({ transferId, holderKey: other.holderKey }),
    ]) {
      assert.equal((await failureOf(call)).reason, "HOLDER_KEY_MISMATCH");
    }
    assert.equal(imaginary.transfers.openCount, 1);
    const { holderKey } = lease;
    const unknown = await failureOf(imaginary.caller.confirm({ transferId: "none", holderKey }));
    assert.equal(`${unknown.codeName} ${unknown.reason}`, "NOT_FOUND TRANSFER_NOT_FOUND");
    const empty = await failureOf(imaginary.caller.confirm({ transferId: "", holderKey }));
    assert.equal(empty.codeName, "INVALID_ARGUMENT");
  });

  it("lets go of the socket when the lease ends, by release and by expiry", async () => {
    await ask();
    const { caller, broker, clock, host } = imaginary;
    await caller.release(lease);
    assert.equal(imaginary.transfers.openCount, 0);
    lease = await caller.acquire();
    await ask();
    clock.advance(lease.ttlMs + 1);
    broker.advance();
    await caller.list();
    assert.equal(imaginary.transfers.openCount, 0);
    assert.equal((await host.findHolders("tcp", [lease.port])).size, 0);
    assert.equal((await refused({})).reason, "LEASE_NOT_FOUND");
  });

  it("says how to bind where sockets are not handed over", async () => {
    const held = await startImaginaryBroker({ kind: "administered" });
    try {
      const { leaseId, holderKey } = await held.caller.acquire();
      const call = held.caller.transfer({ leaseId, holderKey, processId: ownId });
      const failure = await failureOf(call);
      assert.equal(
        `${failure.codeName} ${failure.reason}`,
        "FAILED_PRECONDITION HANDOFF_NOT_OFFERED",
      );
      assert.equal(failure.details.errorInfo?.metadata["bind_method"], "plain");
    } finally {
      await held.stop();
    }
  });
});

import assert from "node:assert/strict";
import { NativeError, type ReservationKind } from "@portlease/native";
import { FakeHostPorts } from "@portlease/native/fake";
import { SingleReservation } from "#server/blocks/single-reservation.js";
import type { ActiveLease } from "#server/domain/lease-table.js";
import { confirmWithinMs, type TransferTarget, Transfers } from "#server/transfers.js";
import { refusal } from "../support/broker-error.js";
import { FakeClock } from "../support/fake-clock.js";
import { blockRequest } from "../support/native-requests.js";
import { SeededRandom } from "../support/seeded-random.js";

const lesseeId = 5_151;

async function fixture(kind: ReservationKind = "runtime") {
  const host = new FakeHostPorts({ capabilities: { kinds: [kind], autoKind: kind } });
  const clock = new FakeClock();
  const transfers = new Transfers(clock, new SeededRandom(3));
  const block = await host.reserveBlock(blockRequest({ kind, firstPort: 20_000, portCount: 4 }));
  const reservation = new SingleReservation(block);
  const leaseOf = (leaseId: string): ActiveLease =>
    ({ record: { leaseId }, block: { reservation }, ending: null }) as unknown as ActiveLease;
  const lease = leaseOf("a");
  const lessee = host.openLesseeSockets({ processId: lesseeId });
  const open = (protocolInfo: Uint8Array) =>
    lessee.openTransferred({ protocol: "tcp", port: 20_000, protocolInfo });
  /** Who is bound to the port, by process id. */
  const boundBy = async (port: number): Promise<readonly number[]> => {
    const holders = await host.findHolders("tcp", [port]);
    return (holders.get(port) ?? []).map(({ processId }) => processId);
  };
  const isBound = async (port: number): Promise<boolean> => (await boundBy(port)).length > 0;
  const endLease = (leaseId: string): void =>
    transfers.publish({
      type: "lease_ended",
      revision: 1,
      wallMs: 0,
      ended: { lease: { leaseId } as never, reason: "revoked", endedWallMs: 0 },
    });
  return { host, clock, transfers, lease, leaseOf, open, isBound, endLease };
}

function target(fields: Partial<TransferTarget> = {}): TransferTarget {
  return { protocol: "tcp", port: 20_000, address: "::", ipv6Only: false, ...fields };
}

describe("Transfers", () => {
  it("binds the port and hands the socket to the process", async () => {
    const { transfers, lease, open, isBound } = await fixture();
    const { transferId, protocolInfo } = transfers.transfer(lease, target(), lesseeId);
    assert.equal(protocolInfo.length, 628);
    assert.match(transferId, /^[0-9a-f]{32}$/);
    assert.equal(open(protocolInfo).port, 20_000);
    assert.equal(await isBound(20_000), true);
  });

  it("hands sockets of blocks that are bound by association over too: not every holder is elevated", async () => {
    const { transfers, lease, open } = await fixture("persistent");
    open(transfers.transfer(lease, target(), lesseeId).protocolInfo);
  });

  it("refuses where the holder binds by itself, and says how", async () => {
    for (const [kind, how] of [
      ["administered", /bind the port by its number/],
      ["held", /SO_REUSEPORT/],
    ] as const) {
      const { transfers, lease } = await fixture(kind);
      const error = await refusal(
        () => transfers.transfer(lease, target(), lesseeId),
        "handoff_not_offered",
      );
      assert.match(error.message, how);
    }
  });

  it("duplicates the same socket again until it is confirmed (semantics 26)", async () => {
    const { transfers, lease, open, isBound } = await fixture();
    const first = transfers.transfer(lease, target(), lesseeId);
    const again = transfers.transfer(lease, target(), lesseeId);
    assert.equal(again.transferId, first.transferId);
    assert.notDeepEqual(again.protocolInfo, first.protocolInfo, "each is good once");
    open(again.protocolInfo);
    assert.equal(transfers.openCount, 1);
    assert.equal(await isBound(20_000), true);
  });

  it("duplicates it for whichever process asks", async () => {
    const { host, transfers, lease } = await fixture();
    transfers.transfer(lease, target(), lesseeId);
    const { protocolInfo } = transfers.transfer(lease, target(), 6_161);
    const other = host.openLesseeSockets({ processId: 6_161 });
    other.openTransferred({ protocol: "tcp", port: 20_000, protocolInfo });
  });

  it("refuses another address or family meanwhile, and says how long", async () => {
    const { transfers, lease, clock } = await fixture();
    transfers.transfer(lease, target(), lesseeId);
    clock.advance(10_000);
    for (const other of [target({ address: "127.0.0.1" }), target({ ipv6Only: true })]) {
      const error = await refusal(
        () => transfers.transfer(lease, other, lesseeId),
        "transfer_pending",
      );
      assert.equal(error.details.retryAfterMs, confirmWithinMs - 10_000);
      assert.equal(error.details.metadata?.["address"], "::", "the one that is on its way");
    }
  });

  it("keeps the ports of a lease apart", async () => {
    const { transfers, lease } = await fixture();
    const first = transfers.transfer(lease, target(), lesseeId);
    const second = transfers.transfer(
      lease,
      target({ port: 20_001, address: "127.0.0.1" }),
      lesseeId,
    );
    assert.notEqual(second.transferId, first.transferId);
    assert.equal(transfers.openCount, 2);
  });

  it("closes its copy once confirmed, however often, and the holder's lives on", async () => {
    const { transfers, lease, open, isBound } = await fixture();
    const { transferId, protocolInfo } = transfers.transfer(lease, target(), lesseeId);
    const socket = open(protocolInfo);
    transfers.confirm(transferId);
    transfers.confirm(transferId);
    assert.equal(transfers.openCount, 0);
    assert.equal(await isBound(20_000), true);
    socket.close();
    assert.equal(await isBound(20_000), false);
  });

  it("refuses a confirmed port while it is bound, with what the system said, and binds anew once it is free", async () => {
    const { transfers, lease, open } = await fixture();
    const { transferId, protocolInfo } = transfers.transfer(lease, target(), lesseeId);
    const socket = open(protocolInfo);
    transfers.confirm(transferId);
    const error = await refusal(
      () => transfers.transfer(lease, target(), lesseeId),
      "already_bound",
    );
    assert.equal(error.details.metadata?.["api"], "bind");
    socket.close();
    const anew = transfers.transfer(lease, target(), lesseeId);
    assert.notEqual(anew.transferId, transferId);
    open(anew.protocolInfo);
  });

  it("binds another address of a confirmed port beside the first", async () => {
    const { transfers, lease, open } = await fixture();
    const { transferId, protocolInfo } = transfers.transfer(
      lease,
      target({ address: "127.0.0.1" }),
      lesseeId,
    );
    open(protocolInfo);
    transfers.confirm(transferId);
    open(
      transfers.transfer(lease, target({ address: "::1", ipv6Only: true }), lesseeId).protocolInfo,
    );
  });

  it("closes a copy that nobody confirmed when its time is over, not before; a repeat begins it anew", async () => {
    const { transfers, lease, clock, isBound } = await fixture();
    const { transferId } = transfers.transfer(lease, target(), lesseeId);
    assert.equal(transfers.advance(), confirmWithinMs);
    clock.advance(confirmWithinMs - 1);
    assert.equal(transfers.advance(), 1);
    transfers.transfer(lease, target(), lesseeId);
    clock.advance(confirmWithinMs - 1);
    assert.equal(transfers.advance(), 1);
    assert.equal(await isBound(20_000), true);
    clock.advance(1);
    assert.equal(transfers.advance(), null);
    assert.equal(await isBound(20_000), false);
    transfers.confirm(transferId);
    assert.notEqual(transfers.transfer(lease, target(), lesseeId).transferId, transferId);
  });

  it("closes the copies of a lease that ends, and of no other", async () => {
    const { transfers, lease, leaseOf, endLease, isBound } = await fixture();
    const { transferId } = transfers.transfer(lease, target(), lesseeId);
    transfers.transfer(leaseOf("b"), target({ port: 20_001 }), lesseeId);
    endLease("a");
    assert.deepEqual([await isBound(20_000), await isBound(20_001)], [false, true]);
    await refusal(() => transfers.confirm(transferId), "transfer_not_found");
    transfers.closeAll();
    assert.equal(await isBound(20_001), false);
    assert.equal(transfers.advance(), null);
  });

  it("closes the copies of a lease whose end may be on disk, once the store works again", async () => {
    const { transfers, lease, leaseOf, isBound } = await fixture();
    transfers.transfer(lease, target(), lesseeId);
    transfers.transfer(leaseOf("b"), target({ port: 20_001 }), lesseeId);
    lease.ending = { reason: "released", done: new Promise(() => undefined) };
    transfers.publish({ type: "store_recovered", revision: 1 });
    assert.deepEqual([await isBound(20_000), await isBound(20_001)], [false, true]);
  });

  it("leaves nothing behind when the bind or the duplicate fails, and tells the failure as it is", async () => {
    const { host, transfers, lease, isBound } = await fixture();
    const invalid = new NativeError("OS_ERROR", "no such process");
    const failing = withFailingDuplicate(lease, invalid);
    assert.throws(() => transfers.transfer(failing, target(), 9), invalid);
    assert.equal(await isBound(20_000), false);
    assert.equal(transfers.openCount, 0);
    const nobody = new NativeError("NOT_FOUND", "none", { api: "WSADuplicateSocketW" });
    const error = await refusal(
      () => transfers.transfer(withFailingDuplicate(lease, nobody), target(), 9),
      "process_not_found",
    );
    assert.deepEqual(error.details.metadata, { api: "WSADuplicateSocketW", process_id: "9" });
    host.failNext("bindForTransfer", new NativeError("NETWORK_DOWN", "no network"));
    assert.throws(() => transfers.transfer(lease, target(), lesseeId), /no network/);
    transfers.transfer(lease, target(), lesseeId);
    assert.equal(transfers.openCount, 1);
  });

  it("knows no transfer that never was, and says whose each is", async () => {
    const { transfers, lease } = await fixture();
    const { transferId } = transfers.transfer(lease, target(), lesseeId);
    assert.equal(transfers.leaseIdOf(transferId), "a");
    const error = await refusal(() => transfers.leaseIdOf("x".repeat(500)), "transfer_not_found");
    assert.ok(error.message.length < 300, "what is echoed is bounded");
  });

  it("remembers a bounded number of ended transfers of a lease", async () => {
    const { transfers, lease } = await fixture();
    const ids: string[] = [];
    for (let count = 0; count < 40; count += 1) {
      const { transferId } = transfers.transfer(lease, target(), lesseeId);
      transfers.confirm(transferId);
      ids.push(transferId);
    }
    await refusal(() => transfers.confirm(ids[0] ?? ""), "transfer_not_found");
    transfers.confirm(ids.at(-1) ?? "");
    transfers.confirm(ids.at(-10) ?? "");
  });
});

/** The same lease, whose sockets cannot be duplicated. */
function withFailingDuplicate(lease: ActiveLease, error: Error): ActiveLease {
  const { reservation } = lease.block;
  const failing = {
    reservationsOf: (port: number) => reservation.reservationsOf(port),
    bindForTransfer: (request: TransferTarget) => {
      const socket = reservation.bindForTransfer(request);
      const duplicateFor = (): never => {
        throw error;
      };
      return { port: socket.port, close: () => socket.close(), duplicateFor };
    },
  };
  return { ...lease, block: { reservation: failing } } as unknown as ActiveLease;
}

import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { SessionResponse } from "@portlease/proto/portlease/v1/lease_service.js";
import type { LeaseCalls } from "#server/grpc/lease-calls.js";
import type { SessionCall } from "#server/grpc/session.js";
import { SessionRegistry } from "#server/grpc/session-registry.js";
import { settle } from "../support/broker-fixture.js";

class FakeCall extends EventEmitter {
  readonly written: SessionResponse[] = [];
  readonly writableLength = 0;

  write(response: SessionResponse, taken?: () => void): boolean {
    this.written.push(response);
    taken?.();
    return true;
  }

  pause(): void {}
  resume(): void {}
}

function registry(): { sessions: SessionRegistry; open: () => FakeCall } {
  const sessions = new SessionRegistry();
  const calls = {
    renewOne: ({ leaseId }: { leaseId: string }) =>
      Promise.resolve({ leaseId, reservations: [], warnings: [] }),
    asOfNow: (result: unknown) => result,
    release: () => Promise.resolve({ alreadyEnded: false }),
  } as unknown as LeaseCalls;
  const open = (): FakeCall => {
    const call = new FakeCall();
    sessions.serve(call as unknown as SessionCall, calls);
    return call;
  };
  return { sessions, open };
}

function renew(call: FakeCall, leaseId: string): void {
  const leases = [{ leaseId, holderKey: "k" }];
  call.emit("data", { requestNumber: 1n, request: { $case: "renewLeases", value: { leases } } });
}

function end(sessions: SessionRegistry, leaseId: string): void {
  const lease = { leaseId } as never;
  const ended = { lease, reason: "released" as const, endedWallMs: 0 };
  sessions.publish({ type: "lease_ended", revision: 1, wallMs: 0, ended });
}

function notices(call: FakeCall): number {
  return call.written.filter(({ response }) => response?.$case === "leaseNotice").length;
}

describe("SessionRegistry", () => {
  it("tells a holder that somebody else released its lease, once", async () => {
    const { sessions, open } = registry();
    const call = open();
    renew(call, "a");
    await settle();
    end(sessions, "a");
    end(sessions, "a");
    assert.equal(notices(call), 1);
  });

  it("does not tell a holder of its own release", async () => {
    const { sessions, open } = registry();
    const call = open();
    renew(call, "a");
    await settle();
    const value = { leaseId: "a", holderKey: "k", allowMissing: false };
    call.emit("data", { requestNumber: 2n, request: { $case: "releaseLease", value } });
    end(sessions, "a");
    await settle();
    assert.equal(notices(call), 0);
  });

  it("keeps the news of a lease when another session tries to release it", async () => {
    const { sessions, open } = registry();
    const [holder, other] = [open(), open()];
    renew(holder, "a");
    await settle();
    const value = { leaseId: "a", holderKey: "wrong", allowMissing: false };
    other.emit("data", { requestNumber: 1n, request: { $case: "releaseLease", value } });
    end(sessions, "a");
    await settle();
    assert.equal(notices(holder), 1);
  });

  it("tells the session that renewed last, and forgets sessions that closed", async () => {
    const { sessions, open } = registry();
    const [first, second] = [open(), open()];
    renew(first, "a");
    await settle();
    renew(second, "a");
    await settle();
    first.emit("close");
    assert.equal(sessions.size, 1);
    end(sessions, "a");
    assert.deepEqual([notices(first), notices(second)], [0, 1]);
  });
});

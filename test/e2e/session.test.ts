// The Session stream over real gRPC, against the real broker: what is answered, what is told, and what its end does.

import assert from "node:assert/strict";
import { status } from "@grpc/grpc-js";
import { LeaseEndReason } from "@portlease/proto/portlease/v1/lease.js";
import {
  type AcquireLeaseResponse,
  LeaseNotice_Type,
  type LeaseRenewal,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { BrokerLab } from "../support/broker-lab.js";
import type { BrokerProcess } from "../support/broker-process.js";
import { fromMs, type LeaseCaller, toMs } from "../support/lease-caller.js";
import { failureOf, failureOfStatus } from "../support/rpc-failure.js";
import { SessionCaller } from "../support/session-caller.js";

const shortTtlMs = 300;

describe("Session over real gRPC", () => {
  let lab: BrokerLab;
  let broker: BrokerProcess;
  let caller: LeaseCaller;

  before(async () => {
    lab = await BrokerLab.open();
    const flags = ["--pool-ttl-min", "100ms", "--pool-quarantine", "0", "--log-level", "debug"];
    broker = await lab.start({ poolSize: 200, flags });
    caller = lab.caller(broker);
  });

  after(() => lab.close());

  function open(): SessionCaller {
    return new SessionCaller(caller);
  }

  async function acquire(session: SessionCaller, ttlMs = 60_000): Promise<Leased> {
    const ttl = fromMs(ttlMs);
    const answer = await session.tell(
      { $case: "acquireLease", value: { ttl, holder: { service: "session-test" } } },
      "acquireLease",
    );
    return leased(answer);
  }

  async function renew(
    session: SessionCaller,
    leases: readonly Pick<Leased, "leaseId" | "holderKey">[],
  ): Promise<readonly LeaseRenewal[]> {
    const value = { leases: leases.map(({ leaseId, holderKey }) => ({ leaseId, holderKey })) };
    return (await session.tell({ $case: "renewLeases", value }, "renewLeases")).leases;
  }

  it("answers a ping, an acquire, a renewal and a release, each by its number", async () => {
    const session = open();
    // All at once: the answers come in any order and still find their requests.
    const [pong, first, second] = await Promise.all([
      session.ask({ $case: "ping", value: {} }),
      acquire(session),
      acquire(session),
    ]);
    assert.equal(pong.$case, "pong");
    assert.notEqual(first.port, second.port);
    assert.equal((await caller.get(first.leaseId)).port, first.port);

    const [renewal] = await renew(session, [first]);
    assert.equal(toMs(renewal?.ttl), 60_000);

    const { leaseId, holderKey } = first;
    const release = { $case: "releaseLease", value: { leaseId, holderKey } } as const;
    assert.equal((await session.tell(release, "releaseLease")).alreadyEnded, false);
    assert.equal((await failureOf(caller.get(leaseId))).reason, "LEASE_NOT_FOUND");
    session.halfClose();
  });

  it("renews many leases in one message and tells each result in the order asked", async () => {
    const session = open();
    const leases = await Promise.all(Array.from({ length: 100 }, () => acquire(session)));
    const [gone, stolen] = [leases[10], leases[20]];
    assert.ok(gone !== undefined && stolen !== undefined);
    await caller.release(gone);
    const asked = leases.map((lease) =>
      lease === stolen ? { ...lease, holderKey: "not-the-key-of-this-lease" } : lease,
    );
    const results = await renew(session, asked);
    assert.deepEqual(
      results.map(({ leaseId }) => leaseId),
      leases.map(({ leaseId }) => leaseId),
    );
    const reasons = results.map(({ error }) => error && failureOfStatus(error).reason);
    assert.equal(reasons[10], "LEASE_NOT_FOUND");
    assert.equal(reasons[20], "HOLDER_KEY_MISMATCH");
    assert.equal(reasons.filter((reason) => reason !== undefined).length, 2);
    assert.equal(results[10]?.ttl, undefined);

    // The dead lease did not end the stream.
    assert.equal((await session.ask({ $case: "ping", value: {} })).$case, "pong");
    await Promise.all(leases.filter((lease) => lease !== gone).map((l) => caller.release(l)));
    session.halfClose();
  });

  it("answers a request that fails as a whole with its error, and goes on", async () => {
    const session = open();
    const unknown = { $case: "acquireLease", value: { pool: "nowhere" } } as const;
    const failure = await failureOf(session.tell(unknown, "acquireLease"));
    assert.equal(failure.code, status.NOT_FOUND);
    assert.equal(failure.reason, "POOL_NOT_FOUND");
    assert.equal(failure.details.resourceInfo?.resourceName, "nowhere");
    assert.equal((await session.ask({ $case: "ping", value: {} })).$case, "pong");
    session.halfClose();
    assert.equal(await session.ended, null);
  });

  it("refuses more than 1,000 renewals in a message, and renews exactly 1,000", async () => {
    const session = open();
    const lease = await acquire(session);
    const tooMany = Array.from({ length: 1_001 }, () => lease);
    const failure = await failureOf(renew(session, tooMany));
    assert.equal(failure.code, status.INVALID_ARGUMENT);
    assert.equal(failure.reason, "FIELD_INVALID");
    assert.equal(failure.details.badRequest?.fieldViolations[0]?.field, "renew_leases.leases");
    const results = await renew(session, tooMany.slice(1));
    assert.equal(results.length, 1_000);
    assert.ok(results.every(({ error }) => error === undefined));
    await caller.release(lease);
    session.halfClose();
  });

  it("tells the holder when a lease expires, on the session that had it last", async () => {
    const [acquirer, renewer] = [open(), open()];
    const kept = await acquire(acquirer, shortTtlMs);
    const moved = await acquire(acquirer, shortTtlMs);
    await renew(renewer, [moved]);
    const [told, toldToRenewer] = await Promise.all([acquirer.nextNotice(), renewer.nextNotice()]);
    assert.equal(told.leaseId, kept.leaseId);
    assert.equal(toldToRenewer.leaseId, moved.leaseId);
    for (const notice of [told, toldToRenewer]) {
      assert.equal(notice.type, LeaseNotice_Type.TYPE_ENDED);
      assert.equal(notice.endReason, LeaseEndReason.LEASE_END_REASON_EXPIRED);
    }
    acquirer.halfClose();
    renewer.halfClose();
  });

  it("tells the holder of a release too: somebody else may have its key", async () => {
    const session = open();
    const lease = await acquire(session);
    await caller.release(lease);
    const notice = await session.nextNotice();
    assert.equal(notice.leaseId, lease.leaseId);
    assert.equal(notice.endReason, LeaseEndReason.LEASE_END_REASON_RELEASED);
    session.halfClose();
  });

  it("answers what is under way after the client's half-close, then ends", async () => {
    const session = open();
    const answers = Array.from({ length: 50 }, () => acquire(session));
    session.halfClose();
    const leases = await Promise.all(answers);
    assert.equal(await session.ended, null);
    assert.equal(new Set(leases.map(({ port }) => port)).size, 50);
    // The end of the stream ended no lease.
    const listed = new Set((await caller.list()).map(({ leaseId }) => leaseId));
    assert.ok(leases.every(({ leaseId }) => listed.has(leaseId)));
    await Promise.all(leases.map((lease) => caller.release(lease)));
  });

  it("leaves leases alone when the stream is cut, and they go on from another session", async () => {
    const cut = open();
    const lease = await acquire(cut);
    cut.cancel();
    assert.equal((await cut.ended)?.code, status.CANCELLED);
    const next = open();
    const [renewal] = await renew(next, [lease]);
    assert.equal(renewal?.error, undefined);
    await caller.release(lease);
    next.halfClose();
  });

  it("refuses a request without content", async () => {
    const session = open();
    const empty = await session.ask({ $case: "renewLeases", value: {} });
    assert.equal(empty.$case, "renewLeases");
    const unset = await session.askNothing();
    assert.equal(unset.$case, "error");
    assert.equal(failureOfStatus(unset.value).reason, "FIELD_INVALID");
    session.halfClose();
  });

  it("says that it is going away when it is asked to stop, and the leases are there after the restart", async () => {
    const leaving = await lab.start({ flags: ["--pool-quarantine", "0"] });
    const leavingCaller = lab.caller(leaving);
    const session = new SessionCaller(leavingCaller);
    const lease = await acquire(session);
    const stopped = leaving.kill("SIGTERM");
    const goodbye = await session.nextGoingAway();
    assert.match(goodbye.message, /stopping \((?:SIGTERM|stdin ended)\); leases go on/);
    session.halfClose();
    assert.equal(await session.ended, null);
    assert.deepEqual(await stopped, { exitCode: 0, signal: null });

    const back = await lab.restart(leaving);
    const next = new SessionCaller(lab.caller(back));
    const [renewal] = await renew(next, [lease]);
    assert.equal(renewal?.error, undefined);
    next.halfClose();
  });
});

interface Leased {
  readonly leaseId: string;
  readonly holderKey: string;
  readonly port: number;
}

function leased({ lease, holderKey }: AcquireLeaseResponse): Leased {
  assert.ok(lease !== undefined);
  return { leaseId: lease.leaseId, holderKey, port: lease.port };
}

// What operators do with a running broker, over real gRPC: pins, quotas, policies and revocations are refused or on disk when they
// are answered, and there again after the broker was killed at that very moment.

import assert from "node:assert/strict";
import {
  ListPinsRequest,
  ListPoolsRequest,
  ListQuotasRequest,
  ListLeaseEventsRequest,
  PinPortRequest,
  RevokeLeaseRequest,
  SetQuotaRequest,
  SettingSource,
  UnpinPortRequest,
  UpdatePoolRequest,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { LeaseEndReason } from "@portlease/proto/portlease/v1/lease.js";
import {
  AcquireLeaseRequest_PortPreference as PortPreference,
  LeaseNotice_Type,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { PickPolicy } from "@portlease/proto/portlease/v1/pool.js";
import { BrokerLab } from "../support/broker-lab.js";
import type { BrokerProcess } from "../support/broker-process.js";
import { fromMs, type LeaseCaller, toMs, unary } from "../support/lease-caller.js";
import { eventually } from "../support/eventually.js";
import { SessionCaller } from "../support/session-caller.js";

type Part<T> = Partial<T>;

/** The admin methods of this suite, as promises. */
class Operator {
  readonly #caller: LeaseCaller;

  constructor(caller: LeaseCaller) {
    this.#caller = caller;
  }

  update(fields: Part<UpdatePoolRequest>) {
    const { adminClient } = this.#caller;
    return unary(adminClient.updatePool.bind(adminClient), UpdatePoolRequest.fromPartial(fields));
  }

  pin(fields: Part<PinPortRequest>) {
    const { adminClient } = this.#caller;
    return unary(adminClient.pinPort.bind(adminClient), PinPortRequest.fromPartial(fields));
  }

  unpin(fields: Part<UnpinPortRequest>) {
    const { adminClient } = this.#caller;
    return unary(adminClient.unpinPort.bind(adminClient), UnpinPortRequest.fromPartial(fields));
  }

  setQuota(fields: Part<SetQuotaRequest>) {
    const { adminClient } = this.#caller;
    return unary(adminClient.setQuota.bind(adminClient), SetQuotaRequest.fromPartial(fields));
  }

  revoke(fields: Part<RevokeLeaseRequest>) {
    const { adminClient } = this.#caller;
    return unary(adminClient.revokeLease.bind(adminClient), RevokeLeaseRequest.fromPartial(fields));
  }

  async pool() {
    const { adminClient } = this.#caller;
    const list = adminClient.listPools.bind(adminClient);
    const [pool] = (await unary(list, ListPoolsRequest.fromPartial({}))).pools;
    assert.ok(pool !== undefined);
    return pool;
  }

  async pins() {
    const { adminClient } = this.#caller;
    const list = adminClient.listPins.bind(adminClient);
    return (await unary(list, ListPinsRequest.fromPartial({}))).pins;
  }

  async quotas() {
    const { adminClient } = this.#caller;
    const list = adminClient.listQuotas.bind(adminClient);
    return (await unary(list, ListQuotasRequest.fromPartial({}))).quotas;
  }

  async events(leaseId: string) {
    const { adminClient } = this.#caller;
    const list = adminClient.listLeaseEvents.bind(adminClient);
    return (await unary(list, ListLeaseEventsRequest.fromPartial({ leaseId }))).events;
  }
}

describe("What operators change, over real gRPC", function () {
  this.timeout(120_000);
  let lab: BrokerLab;
  let broker: BrokerProcess;
  let firstPort: number;

  before(async () => {
    lab = await BrokerLab.open();
    broker = await lab.start({ flags: ["--pool-quarantine", "0"] });
    const [block] = broker.ready.blocks;
    assert.ok(block !== undefined);
    ({ firstPort } = block);
  });

  after(() => lab.close());

  function people(): { readonly operator: Operator; readonly caller: LeaseCaller } {
    const caller = lab.caller(broker);
    return { operator: new Operator(caller), caller };
  }

  /** As soon as the last answer is there, and before anything else can be written. */
  async function killAndStartAgain(): Promise<void> {
    await broker.kill("SIGKILL");
    broker = await lab.restart(broker);
  }

  it("is there after a kill that followed the answer, and gone after a reset", async () => {
    const changes: readonly ((operator: Operator) => Promise<unknown>)[] = [
      (operator) =>
        operator.update({ maxTtl: fromMs(120_000), pickPolicy: PickPolicy.PICK_POLICY_COMPACT }),
      (operator) => operator.pin({ port: firstPort, service: "gateway", instance: "blue" }),
      (operator) => operator.setQuota({ service: "*", maxPorts: 2 }),
    ];
    for (const change of changes) {
      await change(people().operator);
      await killAndStartAgain();
    }
    const { operator, caller } = people();
    const pool = await operator.pool();
    assert.deepEqual(
      [toMs(pool.maxTtl), pool.pickPolicy, pool.adjusted, pool.retired, pool.waitingRequests],
      [120_000, PickPolicy.PICK_POLICY_COMPACT, true, false, 0],
    );
    const source = SettingSource.SETTING_SOURCE_OPERATOR;
    const pin = { pool: "default", port: firstPort, service: "gateway", instance: "blue", source };
    assert.deepEqual(await operator.pins(), [pin]);
    await caller.acquire({ portCount: 2, holder: { service: "orders" } });
    const quota = { pool: "default", service: "*", maxPorts: 2, usedPorts: 2, source };
    assert.deepEqual(await operator.quotas(), [quota]);
    await assert.rejects(caller.acquire({ holder: { service: "orders" } }), {
      reason: "QUOTA_EXCEEDED",
    });
    await assert.rejects(caller.acquire({ ttl: fromMs(121_000) }), { reason: "TTL_OUT_OF_RANGE" });
    const must = { preferredPort: firstPort, portPreference: PortPreference.PORT_PREFERENCE_MUST };
    await assert.rejects(caller.acquire(must), { reason: "PORT_PINNED" });
    await operator.unpin({ port: firstPort });
    await operator.setQuota({ service: "*", reset: true });
    assert.equal((await operator.update({ reset: true })).pool?.adjusted, false);
    await killAndStartAgain();
    const after = people().operator;
    assert.deepEqual([await after.pins(), await after.quotas()], [[], []]);
    assert.equal(toMs((await after.pool()).maxTtl), 86_400_000);
  });

  it("is refused with a reason for programs, and nothing is changed by it or by validate_only", async () => {
    const { operator } = people();
    for (const [call, reason] of [
      [operator.update({ pool: "nothing", reset: true }), "POOL_NOT_FOUND"],
      [operator.update({ maxTtl: fromMs(1_000) }), "FIELD_INVALID"],
      [operator.update({ pickPolicy: 7 as PickPolicy }), "FIELD_INVALID"],
      [operator.pin({ port: firstPort - 1, service: "a" }), "PORT_NOT_IN_POOL"],
      [operator.pin({ port: firstPort, service: "a\u0007" }), "FIELD_INVALID"],
      [operator.setQuota({ service: "", maxPorts: 1 }), "FIELD_INVALID"],
      [operator.revoke({ leaseId: "nothing" }), "LEASE_NOT_FOUND"],
      [
        operator.revoke({ leaseId: "nothing", allowMissing: true, reason: "a\nb" }),
        "FIELD_INVALID",
      ],
    ] as const) {
      await assert.rejects(call, { reason });
    }
    const planned = await operator.update({ quarantine: fromMs(7_000), validateOnly: true });
    assert.equal(toMs(planned.pool?.quarantine), 7_000);
    const pool = await operator.pool();
    assert.deepEqual([toMs(pool.quarantine), pool.adjusted], [0, false]);
  });

  it("says who waits in line, and serves them when a quota is raised", async () => {
    const { operator, caller } = people();
    await operator.setQuota({ service: "jobs", maxPorts: 0 });
    await operator.setQuota({ service: "jobs", maxPorts: 1 });
    const holder = { service: "jobs" };
    await caller.acquire({ holder });
    const second = caller.acquire({ holder, maxWait: fromMs(30_000) });
    await eventually("one waits", async () => (await operator.pool()).waitingRequests === 1);
    await operator.setQuota({ service: "jobs" });
    assert.equal((await second).lease.holder?.service, "jobs");
    await operator.setQuota({ service: "jobs", reset: true });
  });

  it("takes a lease back: its holder is told why, and history says who did it", async () => {
    const { operator, caller } = people();
    const session = new SessionCaller(caller);
    const value = { holder: { service: "orders" } };
    const { lease, holderKey } = await session.tell(
      { $case: "acquireLease", value },
      "acquireLease",
    );
    assert.ok(lease !== undefined);
    const { leaseId } = lease;
    const told = session.nextNotice();
    const revoked = await operator.revoke({ leaseId, reason: "the rack is moved" });
    assert.equal(revoked.lease?.endReason, LeaseEndReason.LEASE_END_REASON_REVOKED);
    const notice = await told;
    assert.equal(notice.type, LeaseNotice_Type.TYPE_ENDED);
    assert.equal(notice.endReason, LeaseEndReason.LEASE_END_REASON_REVOKED);
    assert.match(notice.message, /was revoked by an operator: the rack is moved$/);
    await assert.rejects(caller.renew({ leaseId, holderKey }), { reason: "LEASE_NOT_FOUND" });
    session.halfClose();
    await session.ended;
    await killAndStartAgain();
    const after = people().operator;
    const end = (await after.events(leaseId)).at(-1);
    assert.deepEqual([end?.detail, end?.actor], ["the rack is moved", "token:admin-file"]);
    assert.equal((await after.revoke({ leaseId, allowMissing: true })).lease, undefined);
  });
});

// Hosts that are forgotten, in a real etcd: with all that is of them, never while they are there, and with nothing lost when they come
// back in between.

import assert from "node:assert/strict";
import type { Etcd, Transaction, TransactionResult } from "#etcd/etcd.js";
import { HostRemoval } from "#fleet/sources/etcd/host-removal.js";
import { FleetSourceError, type FleetSourceErrorCode } from "#fleet/sources/fleet-source.js";
import { eventually } from "../../../support/eventually.js";
import { etcdOfSuite } from "../../../support/etcd.js";
import { describeWithEtcd } from "../../../support/etcd-program.js";
import { EtcdFleet, untilShown } from "./etcd-fleet.js";

describeWithEtcd("forgetting a host", () => {
  const etcd = etcdOfSuite();
  let fleet: EtcdFleet;

  beforeEach(() => {
    fleet = new EtcdFleet(etcd().endpoint);
  });

  afterEach(() => fleet.close());

  it("removes it with all of its leases, in every fleet server, and nothing else", async () => {
    await fleet.putHost("a");
    await fleet.putLeases("a", 300);
    await fleet.put(fleet.keys.lease("a", "not a lease"), "garbage");
    await fleet.putHost("a-2");
    await fleet.putLease("a-2", "l1");
    const [one, other] = [fleet.follow(), fleet.follow()];
    for (const { view } of [one, other]) {
      await eventually("the leases", () => view.leaseCount === 301);
    }
    assert.deepEqual(await one.source.forgetHost("a"), { forgottenLeases: 301 });
    for (const { view } of [one, other]) await untilShown(view, ["a-2: not-heard-from, l1"]);
    assert.deepEqual(await fleet.stored(), ["hosts/a-2", "leases/a-2/l1"]);
    assert.match(one.logged(), /a host was forgotten/);
    // It is not read anew for that.
    assert.equal(other.source.stats.snapshots, 1);
  });

  it("removes leases whose host has no record", async () => {
    await fleet.putLease("a", "l1");
    assert.deepEqual(await fleet.follow().source.forgetHost("a"), { forgottenLeases: 1 });
    assert.deepEqual(await fleet.stored(), []);
  });

  it("is refused while the host is heard from, and removes nothing", async () => {
    await fleet.putHost("a");
    await fleet.putPresence("a");
    await fleet.putLease("a", "l1");
    const { source } = fleet.follow();
    await assert.rejects(source.forgetHost("a"), withCode("HOST_IS_HEARD_FROM", /Stop its broker/));
    assert.equal((await fleet.stored()).length, 3);
  });

  it("is refused for a host of which nothing is known, and for what is no host's id", async () => {
    await fleet.putHost("a");
    const { source } = fleet.follow();
    for (const hostId of ["b", "", "a/", "../a", "hosts/a"]) {
      await assert.rejects(source.forgetHost(hostId), withCode("HOST_NOT_FOUND"));
    }
    assert.deepEqual(await fleet.stored(), ["hosts/a"]);
  });

  it("stops where the host comes back in between: what it publishes then stays", async () => {
    await fleet.putHost("a");
    await fleet.putLeases("a", 300);
    // It comes back at each of the transactions in turn.
    for (let at = 1; at <= 5; at += 1) {
      let atReturn: readonly string[] = [];
      const comingBack = between(fleet.etcd, at, async () => {
        await fleet.putPresence("a");
        atReturn = await fleet.stored();
      });
      const outcome = await new HostRemoval(comingBack, fleet.keys)
        .forget("a")
        .catch((error: unknown) => error);
      assert.ok(withCode("HOST_IS_HEARD_FROM")(outcome));
      // Its broker looks at what is there as soon as its presence is, and publishes the rest: nothing may go after that.
      assert.deepEqual(await fleet.stored(), atReturn, `at ${at}`);
      assert.ok(atReturn.includes("hosts/a"), `at ${at}`);
      await fleet.delete(fleet.keys.presence("a"));
      await fleet.putLeases("a", 300);
    }
  });

  it("retires no host whose record has changed in between", async () => {
    for (let at = 2; at <= 3; at += 1) {
      await fleet.putHost("a");
      await fleet.putLease("a", "l1");
      const { entries } = await fleet.etcd.range({ prefix: fleet.keys.host("a") });
      const changing = between(fleet.etcd, at, () => fleet.putHost("a", { version: "0.2.0" }));
      const removal = new HostRemoval(changing, fleet.keys);
      assert.equal(await removal.retire("a", entries[0]?.modRevision ?? 0n), false);
      assert.ok((await fleet.stored()).includes("hosts/a"), `at ${at}`);
    }
  });

  it("goes on where the host's record changed in between without it being there", async () => {
    await fleet.putHost("a");
    const changing = between(fleet.etcd, 2, () => fleet.putHost("a", { version: "0.2.0" }));
    const removal = new HostRemoval(changing, fleet.keys);
    assert.deepEqual(await removal.forget("a"), { forgottenLeases: 0 });
    assert.deepEqual(await fleet.stored(), []);
  });

  it("lets two fleet servers forget one host at the same time", async () => {
    await fleet.putHost("a");
    await fleet.putLeases("a", 300);
    const [one, other] = [fleet.follow(), fleet.follow()];
    const outcomes = await Promise.allSettled(
      [one, other].map((each) => each.source.forgetHost("a")),
    );
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") assert.ok(withCode("HOST_NOT_FOUND")(outcome.reason));
    }
    assert.deepEqual(await fleet.stored(), []);
  });

  it("says that etcd did not do it when etcd is away, and when the source is closed", async () => {
    await fleet.putHost("a");
    const { source } = fleet.follow();
    const away = new HostRemoval(
      between(fleet.etcd, 1, () => fleet.etcd.close()),
      fleet.keys,
    );
    await assert.rejects(away.forget("a"), withCode("ETCD_UNAVAILABLE", /Try again/));
    await source.close();
    await assert.rejects(source.forgetHost("a"), withCode("CLOSED"));
  });
});

/** Does something before the transaction of this number. */
function between(etcd: Etcd, at: number, act: () => unknown): Pick<Etcd, "range" | "transact"> {
  let count = 0;
  return {
    range: (request) => etcd.range(request),
    transact: async (transaction: Transaction): Promise<TransactionResult> => {
      count += 1;
      if (count === at) await act();
      return etcd.transact(transaction);
    },
  };
}

function withCode(code: FleetSourceErrorCode, says?: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof FleetSourceError, String(error));
    assert.equal(error.code, code, error.message);
    if (says !== undefined) assert.match(error.message, says);
    return true;
  };
}

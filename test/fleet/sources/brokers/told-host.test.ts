// A host as a source tells it, in the view that it is told to.

import assert from "node:assert/strict";
import {
  GetBrokerResponse,
  WatchBrokerResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { Block_State } from "@portlease/proto/portlease/v1/pool.js";
import { BrokerPicture } from "#fleet/sources/brokers/broker-picture.js";
import { leasesPerBrokerMax } from "#fleet/sources/brokers/left-out-leases.js";
import { ToldHost } from "#fleet/sources/brokers/told-host.js";
import { FleetView } from "#fleet/view/fleet-view.js";
import { FakeClock } from "../../../support/fake-clock.js";
import { aLease, summaryOf } from "../etcd/etcd-fleet.js";

describe("a host of a broker that is watched", () => {
  let clock: FakeClock;
  let view: FleetView;
  let picture: BrokerPicture;
  let told: ToldHost;

  beforeEach(() => {
    clock = new FakeClock();
    view = new FleetView(clock);
    picture = new BrokerPicture("10.0.0.1:7600");
    told = new ToldHost(view, clock, picture, "a");
  });

  function moveTo(hostId: string): void {
    told.withdraw();
    told.tellAs(hostId);
  }

  it("takes all that is known of it along when its id changes", () => {
    told.heard(true);
    told.beginSnapshot();
    told.putLease("l1", aLease);
    told.endSnapshot();
    moveTo("b");
    assert.deepEqual(summaryOf(view), ["b: heard-from, l1"]);
    told.putLease("l2", aLease);
    told.removeLease("l1");
    assert.deepEqual(summaryOf(view), ["b: heard-from, l2"]);
  });

  it("goes on with a snapshot that is under way when its id changes", () => {
    told.heard(true);
    told.beginSnapshot();
    told.putLease("l1", aLease);
    told.endSnapshot();
    told.beginSnapshot();
    told.putLease("l2", aLease);
    moveTo("b");
    assert.deepEqual(summaryOf(view), ["b: heard-from, l1 l2"]);
    told.putLease("l3", aLease);
    told.endSnapshot();
    assert.deepEqual(summaryOf(view), ["b: heard-from, l2 l3"]);
  });

  it("keeps its leases when a snapshot breaks off", () => {
    told.beginSnapshot();
    told.putLease("l1", aLease);
    told.endSnapshot();
    told.beginSnapshot();
    told.abandonSnapshot();
    told.beginSnapshot();
    told.putLease("l2", aLease);
    told.endSnapshot();
    assert.deepEqual(summaryOf(view), ["a: not-heard-from, l2"]);
  });

  it("says when it was last heard at least each half minute", () => {
    told.heard(true);
    const first = view.host("a")?.lastHeardWallMs ?? 0;
    clock.advance(29_999);
    told.heard(false);
    assert.equal(view.host("a")?.lastHeardWallMs, first);
    clock.advance(1);
    told.heard(false);
    assert.equal(view.host("a")?.lastHeardWallMs, first + 30_000);
  });

  it("is gone with its leases when its broker is taken off the list, also within a snapshot", () => {
    told.heard(true);
    told.beginSnapshot();
    told.putLease("l1", aLease);
    told.remove();
    assert.deepEqual(summaryOf(view), []);
  });

  it("shows what its broker said before until a new connection has said it all", () => {
    picture.begin(GetBrokerResponse.fromPartial({ host: "build-01" }));
    const pools = [{ pool: "default" }, { pool: "other" }];
    picture.update(WatchBrokerResponse.fromPartial({ pools }));
    told.heard(true);
    picture.begin(GetBrokerResponse.fromPartial({ host: "build-01" }));
    told.heard(true);
    assert.equal(view.host("a")?.record?.pools.length, 2);
    picture.update(WatchBrokerResponse.fromPartial({ pools: [{ pool: "default" }] }));
    told.heard(true);
    assert.deepEqual(
      view.host("a")?.record?.pools.map(({ name }) => name),
      ["default"],
    );
  });

  it("says of leases in a block that is drained that they are, and of no others", () => {
    told.beginSnapshot();
    told.putLease("l1", aLease);
    told.putLease("l2", { ...aLease, port: 20_001 });
    told.putLease("l3", { ...aLease, protocol: "udp" });
    told.endSnapshot();
    const drain = (state: Block_State): boolean =>
      picture.update(
        WatchBrokerResponse.fromPartial({
          blocks: [{ blockId: "b1", protocol: 1, firstPort: 20_000, portCount: 1, state }],
        }),
      );
    const drained = (): readonly string[] =>
      view
        .leasesOf("a")
        .filter(({ record }) => record.draining)
        .map(({ leaseId }) => leaseId);
    assert.equal(drain(Block_State.STATE_ACTIVE), false);
    assert.equal(drain(Block_State.STATE_DRAINING), true);
    told.drainingChanged();
    assert.deepEqual(drained(), ["l1"]);
    assert.equal(drain(Block_State.STATE_ACTIVE), true);
    told.drainingChanged();
    assert.deepEqual(drained(), []);
  });

  it("has no more leases than a broker can have, and says how many are left out until none is", () => {
    assert.equal(leasesPerBrokerMax, 131_070);
    told.remove();
    told = new ToldHost(view, clock, picture, "a", 5);
    const tell = (count: number): void => {
      told.beginSnapshot();
      for (let index = 0; index < count; index += 1) told.putLease(`l${index}`, aLease);
      told.endSnapshot();
    };
    view.setSource({ connected: true, detail: "" });
    const leftOut = (): readonly string[] =>
      view.problemsOf("").map(({ problem }) => problem.message);
    tell(7);
    assert.equal(view.leaseCount, 5);
    assert.match(leftOut().join(), /leases of a: its broker tells 2 more than the 5 that/);
    moveTo("b");
    assert.match(leftOut().join(), /leases of b: its broker tells 2 more/);
    told.putLease("l0", { ...aLease, service: "changed" });
    assert.equal(view.lease("b", "l0")?.record.service, "changed");
    tell(5);
    assert.deepEqual(leftOut(), []);
    told.putLease("one-more", aLease);
    assert.match(leftOut().join(), /tells more than/);
    told.remove();
    assert.deepEqual(leftOut(), []);
  });

  it("says no dashboard that only its own host can open", () => {
    const urlOf = (dashboardUrl: string): string => {
      picture.begin(GetBrokerResponse.fromPartial({ dashboardUrl }));
      return picture.record(0, null).dashboardUrl;
    };
    assert.equal(urlOf("http://127.0.0.1:7601/"), "");
    assert.equal(urlOf("http://[::1]:7601/"), "");
    assert.equal(urlOf("https://build-01.example:7601/"), "https://build-01.example:7601/");
    assert.equal(urlOf("garbage"), "");
  });
});

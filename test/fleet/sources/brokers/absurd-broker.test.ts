// What a broker of the list may say that no broker does: the answers about all other hosts can still be encoded.

import assert from "node:assert/strict";
import { GetBrokerResponse } from "@portlease/proto/portlease/v1/admin_service.js";
import { FleetLease, Host } from "@portlease/proto/portlease/v1/fleet_service.js";
import { Lease } from "@portlease/proto/portlease/v1/lease.js";
import { toWireFleetLease, toWireHost } from "#fleet/api/wire-fleet.js";
import { BrokerPicture } from "#fleet/sources/brokers/broker-picture.js";
import { leaseRecord } from "#fleet/sources/brokers/broker-records.js";
import { ToldHost } from "#fleet/sources/brokers/told-host.js";
import { FleetView } from "#fleet/view/fleet-view.js";
import { FakeClock } from "../../../support/fake-clock.js";

const noTime = new Date(NaN);

describe("a broker that says what cannot be", () => {
  it("spoils no answer", () => {
    const view = new FleetView(new FakeClock());
    const picture = new BrokerPicture("10.0.0.1:7600");
    const told = new ToldHost(view, new FakeClock(), picture, "a");
    picture.begin(GetBrokerResponse.create({ host: "a", startTime: noTime }));
    told.heard(true);
    const ttls = [-1n, 2n ** 63n - 1n].map((seconds) => ({ seconds, nanos: 0 }));
    for (const [index, ttl] of ttls.entries()) {
      const lease = Lease.create({ createTime: noTime, generation: 2n ** 63n - 1n, ttl });
      told.putLease(`l${index}`, leaseRecord(lease, false));
    }
    const hosts = [...view.hosts()];
    assert.equal(hosts.length, 1);
    for (const host of hosts) {
      Host.encode(toWireHost(host)).finish();
      assert.equal(host.leases.length, 2);
      for (const lease of host.leases) {
        const message = toWireFleetLease(lease, view);
        FleetLease.encode(message).finish();
        assert.ok((message.ttl?.seconds ?? 0n) >= 0n);
      }
    }
  });
});

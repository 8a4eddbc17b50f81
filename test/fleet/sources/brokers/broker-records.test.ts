import assert from "node:assert/strict";
import {
  GetBrokerResponse,
  Problem,
  WatchBrokerResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import {
  FleetLease as WireFleetLease,
  Host as WireHost,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import { Lease } from "@portlease/proto/portlease/v1/lease.js";
import { Pool } from "@portlease/proto/portlease/v1/pool.js";
import { toWireFleetLease, toWireHost } from "#fleet/api/wire-fleet.js";
import { readHost, writeHost } from "#fleet/records/host-json.js";
import { readLease, writeLease } from "#fleet/records/lease-json.js";
import { BrokerPicture } from "#fleet/sources/brokers/broker-picture.js";
import { leaseRecord } from "#fleet/sources/brokers/broker-records.js";
import { fleetLab } from "../../../support/fleet-samples.js";

/** Seconds and numbers as nobody means them. */
const huge = 9_223_372_036_854_775_807n;
const noDate = new Date(Number.NaN);
const long = "x".repeat(100_000);
const many = <Item>(count: number, make: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => make(index));

const absurdLease = Lease.fromPartial({
  pool: long,
  port: 70_000,
  portCount: 4_000_000_000,
  holder: {
    service: long,
    instance: long,
    labels: Object.fromEntries(many(100, (index) => [`${index}${long}`, long])),
  },
  ttl: { seconds: huge, nanos: -2_000_000_000 },
  createTime: noDate,
  generation: 18_446_744_073_709_551_615n,
});

const absurdBroker = GetBrokerResponse.fromPartial({
  host: long,
  version: long,
  platform: long,
  startTime: noDate,
  problems: many(1_000, (index) =>
    index === 0
      ? Problem.fromPartial({ reason: long, message: long, remedy: long, pool: long, port: 70_000 })
      : Problem.fromPartial({ reason: "one\nand another" }),
  ),
});

describe("what a broker of a list says beyond all bounds", () => {
  it("is cut to a lease that a record may have, and that can be shown", () => {
    const record = leaseRecord(absurdLease, false);
    assert.deepEqual(readLease(Buffer.from(writeLease(record))), { record });
    const lab = fleetLab();
    lab.view.putLease("a", "l1", record);
    const [lease] = lab.view.leasesOf("a");
    assert.ok(lease !== undefined);
    assert.ok(WireFleetLease.encode(toWireFleetLease(lease, lab.view)).finish().length < 100_000);
  });

  it("is cut to a host that a record may have, and that can be shown", () => {
    const picture = new BrokerPicture("10.0.0.1:7600");
    picture.begin(absurdBroker);
    const pools = many(1_000, (index) => Pool.fromPartial({ pool: `${index}${long}` }));
    picture.update(WatchBrokerResponse.fromPartial({ pools }));
    const record = picture.record(0, null);
    assert.deepEqual(readHost(Buffer.from(writeHost(record))), { record });
    const lab = fleetLab();
    lab.view.putHost("a", record);
    const host = lab.view.host("a");
    assert.ok(host !== undefined);
    assert.ok(WireHost.encode(toWireHost(host)).finish().length < 1_000_000);
  });

  for (const dashboardUrl of ["javascript:alert(1)", "data:text/html,x", "http://a b/"]) {
    it(`is no link where it is none of the web: ${dashboardUrl}`, () => {
      const picture = new BrokerPicture("10.0.0.1:7600");
      picture.begin(GetBrokerResponse.fromPartial({ dashboardUrl }));
      assert.equal(picture.record(0, null).dashboardUrl, "");
    });
  }
});

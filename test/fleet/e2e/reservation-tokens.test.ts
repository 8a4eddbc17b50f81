// Reservation tokens of the kernel, on an imaginary host that has some, told to a real etcd by the publisher: they are not there.

import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { FleetKeys } from "#fleet/records/fleet-keys.js";
import { FleetPublisher } from "#server/fleet/fleet-publisher.js";
import { systemClock, systemRandom } from "#server/system-clock.js";
import { openEtcd } from "#etcd/open-etcd.js";
import { sampleFacts } from "../../server/fleet/publisher-lab.js";
import { etcdOfSuite } from "../../support/etcd.js";
import { describeWithEtcd } from "../../support/etcd-program.js";
import { startImaginaryBroker } from "../../support/imaginary-broker.js";
import { SecretHunt } from "../../support/secret-hunt.js";
import { silentLog } from "../../support/silent-log.js";

describeWithEtcd("the reservation tokens of a host in a fleet", () => {
  const etcd = etcdOfSuite();

  for (const kind of ["persistent", "runtime"] as const) {
    it(`of a ${kind} block are not in etcd`, async () => {
      const hunt = new SecretHunt();
      const imaginary = await startImaginaryBroker({ kind });
      const publisher = new FleetPublisher({
        etcd: openEtcd({ endpoints: [etcd().endpoint], secure: false }),
        keys: new FleetKeys("/portlease/"),
        hostId: kind,
        brokerId: kind,
        startedWallMs: systemClock.wallMs(),
        presenceTtlMs: 10_000,
        clock: systemClock,
        random: systemRandom(),
        source: imaginary.broker,
        describeHost: () => sampleFacts,
        nextTurn: () => nextTurn(),
        pause: () => new Promise(() => undefined),
        log: silentLog,
      });
      try {
        const { leaseId, holderKey, reservations } = await imaginary.caller.acquire();
        const token = reservations[0]?.token ?? 0n;
        hunt.plantNumber("the token", token);
        hunt.plant("the holder key", holderKey);
        assert.deepEqual(hunt.found(`a token ${token}`), ["the token"], "the search finds it");
        publisher.advance();
        await publisher.idle();
        const stored = await etcd().ctl("get", "--prefix", "");
        assert.ok(stored.includes(leaseId));
        assert.deepEqual(hunt.found(stored), []);
      } finally {
        await publisher.stop();
        await imaginary.stop();
      }
    });
  }
});

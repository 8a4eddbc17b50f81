// Bytes that are no gRPC, on the broker's own socket: other callers are served all the while.

import assert from "node:assert/strict";
import { describeOnLinux } from "../native/support/linux-only.js";
import { withSeed } from "../crash/support/seed.js";
import { BrokerLab } from "../support/broker-lab.js";
import type { BrokerProcess } from "../support/broker-process.js";
import type { LeaseCaller } from "../support/lease-caller.js";
import { garbage, send } from "./support/garbage.js";

describeOnLinux("A broker that is sent garbage", () => {
  let lab: BrokerLab;
  let broker: BrokerProcess;
  let caller: LeaseCaller;

  before(async () => {
    lab = await BrokerLab.open();
    broker = await lab.start({ flags: ["--pool-quarantine", "0"] });
    caller = lab.caller(broker);
    await caller.list();
  });

  after(() => lab.close());

  for (const [title, make] of Object.entries(garbage)) {
    it(`serves others beside ${title}`, () =>
      withSeed(async (random) => {
        for (let round = 0; round < 20; round += 1) {
          const sockets = Array.from({ length: 5 }, () => send(broker, make(random)));
          const { leaseId, holderKey } = await caller.acquire();
          await caller.release({ leaseId, holderKey });
          for (const socket of await Promise.all(sockets)) socket.destroy();
        }
        assert.ok(broker.running);
        assert.doesNotMatch(broker.stderr, /"level":"error"/);
      }));
  }
});

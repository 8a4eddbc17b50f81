// Nothing is left of connections that sent garbage. Where the peer broke the protocol, Node's HTTP/2 does not notice that it went
// away; the keepalive of the server does, so this takes more than a minute.

import { readdirSync } from "node:fs";
import { withSeed } from "../crash/support/seed.js";
import { describeOnLinux } from "../native/support/linux-only.js";
import { BrokerLab } from "../support/broker-lab.js";
import { eventually } from "../support/eventually.js";
import { garbage, send } from "./support/garbage.js";

describeOnLinux("A broker that was sent garbage", () => {
  let lab: BrokerLab;

  before(async () => {
    lab = await BrokerLab.open();
  });

  after(() => lab.close());

  it("has closed all those connections in the end", () =>
    withSeed(async (random) => {
      const broker = await lab.start();
      const openDescriptors = (): number => readdirSync(`/proc/${broker.processId}/fd`).length;
      const before = openDescriptors();
      for (const make of Object.values(garbage)) {
        const sockets = Array.from({ length: 50 }, () => send(broker, make(random)));
        for (const socket of await Promise.all(sockets)) socket.destroy();
      }
      await eventually("all are closed", () => openDescriptors() <= before, { withinMs: 120_000 });
    })).timeout(150_000);
});

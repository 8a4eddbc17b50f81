// A broker that is asked to stop does, whoever is connected.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { BrokerLab } from "../support/broker-lab.js";
import { LeaseCaller } from "../support/lease-caller.js";
import { SessionCaller } from "../support/session-caller.js";

describe("stopping a broker", () => {
  let lab: BrokerLab;

  before(async () => {
    lab = await BrokerLab.open();
  });

  after(() => lab.close());

  it("does not wait for a connection that never says a word", async () => {
    const broker = await lab.start();
    const [host, port] = broker.address.split(":");
    const silent = connect({ host: host ?? "", port: Number(port) });
    silent.on("error", () => undefined);
    await once(silent, "connect");
    const exit = await broker.kill("SIGTERM");
    assert.deepEqual(exit, { exitCode: 0, signal: null });
    silent.destroy();
  });

  it("tells a session that stays when it has to go, in a way that clients try again after", async () => {
    const broker = await lab.start();
    const session = new SessionCaller(lab.caller(broker));
    await session.ask({ $case: "ping", value: {} });
    const exit = await broker.kill("SIGTERM");
    assert.deepEqual(exit, { exitCode: 0, signal: null });
    const failure = await session.ended;
    assert.equal(`${failure?.codeName} ${failure?.reason}`, "UNAVAILABLE STOPPING");
  });

  it("survives a request with half a character in it", async () => {
    const broker = await lab.start();
    const caller = new LeaseCaller(broker.address);
    const { leaseClient } = caller;
    const failure = await new Promise<{ code: number } | null>((resolve) => {
      const pool = `${"a".repeat(63)}😀`;
      const request = {
        pool,
        protocol: 0,
        portCount: 0,
        preferredPort: 0,
        portPreference: 0,
      } as const;
      const rest = { requestId: "", validateOnly: false };
      leaseClient.acquireLease({ ...request, ...rest }, (error) => resolve(error));
    });
    assert.equal(failure?.code, 5);
    assert.equal(broker.running, true);
    leaseClient.close();
  });
});

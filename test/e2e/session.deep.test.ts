// Sessions that take their time: the broker does not wait for them for ever.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { BrokerLab } from "../support/broker-lab.js";
import { SessionCaller } from "../support/session-caller.js";

describe("A connection that stays when the broker goes", () => {
  let lab: BrokerLab;

  before(async () => {
    lab = await BrokerLab.open();
  });

  after(() => lab.close());

  it("is cut after a moment when it is a session, and the broker stops in an orderly way", async () => {
    const broker = await lab.start();
    const sessions = Array.from({ length: 20 }, () => new SessionCaller(lab.caller(broker)));
    await Promise.all(sessions.map((session) => session.ask({ $case: "ping", value: {} })));
    const stopped = broker.kill("SIGTERM");
    await Promise.all(sessions.map((session) => session.nextGoingAway()));
    // Nobody hangs up.
    assert.deepEqual(await stopped, { exitCode: 0, signal: null });
    const ends = await Promise.all(sessions.map(({ ended }) => ended));
    assert.ok(ends.every((failure) => failure !== null));
  });

  it("does not need to have said a word: a silent connection does not hold the broker up", async () => {
    const broker = await lab.start();
    const [host = "", port = ""] = broker.address.split(":");
    const silent = connect({ host, port: Number(port) });
    await once(silent, "connect");
    silent.resume();
    // The broker has accepted it once it answers a call on a later connection.
    await lab.caller(broker).list();
    const closed = once(silent, "close");
    silent.on("error", () => undefined);
    assert.deepEqual(await broker.kill("SIGTERM"), { exitCode: 0, signal: null });
    await closed;
  });
});

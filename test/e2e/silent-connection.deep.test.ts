// A client whose connection goes silent without an end, as when a host, a tunnel or a system between dies without a word: it makes
// another one by itself, on real clocks. When a connection is given up, on a clock of the test: test/clients/ts/connecting-watch.test.ts.

import assert from "node:assert/strict";
import { once } from "node:events";
import { LeaseClient } from "@portlease/client";
import { BrokerLab } from "../support/broker-lab.js";
import type { BrokerProcess } from "../support/broker-process.js";
import { CutLine } from "./support/cut-line.js";

describe("A client of a broker whose connection", function () {
  this.timeout(120_000);
  let lab: BrokerLab;
  let broker: BrokerProcess;
  let line: CutLine;
  let client: LeaseClient;

  before(async () => {
    lab = await BrokerLab.open();
    broker = await lab.start();
  });
  beforeEach(async () => {
    line = await CutLine.to(broker.address);
    client = new LeaseClient({ address: line.address, releaseOnSignals: false });
  });
  afterEach(async () => {
    await client.close();
    line.cut();
  });
  after(() => lab.close());

  it("is taken and never answered acquires by another one", async () => {
    line.ignore(1);
    const lease = await client.acquire();
    assert.equal(lease.state, "safe");
    assert.equal(line.accepted, 2);
  });

  it("is never answered again, after one that was, acquires by another one", async () => {
    await (await client.acquire()).release();
    line.freeze();
    const lease = await client.acquire();
    assert.equal(lease.state, "safe");
    assert.equal(line.accepted, 2);
  });

  it("goes silent keeps its lease by another one", async () => {
    const lease = await client.acquire({ ttlMs: 60_000 });
    await once(lease, "renewed");
    line.freeze();
    await once(lease, "renewed");
    assert.equal(lease.state, "safe");
    assert.equal(line.accepted, 2);
  });
});

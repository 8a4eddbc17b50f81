// Which hosts are knocked at, and how often. The knocks wait at the look-up of the name, so that each test says when they end.

import assert from "node:assert/strict";
import { HostProber, knockAgainAfterMs, type ProbedHost } from "#fleet/probe/host-prober.js";
import { systemPacing } from "#fleet/sources/pacing.js";
import { eventually } from "../../support/eventually.js";
import { FakeClock } from "../../support/fake-clock.js";

class ProbeLab {
  readonly clock = new FakeClock();
  readonly silent = new Map<string, ProbedHost>();
  /** What was found, in order. */
  readonly found: string[] = [];
  /** Names that are looked up now. */
  readonly lookUps = new Map<string, (addresses: readonly string[]) => void>();
  readonly prober = new HostProber({
    silentHosts: () => this.silent,
    found: (hostId, outcome) => this.found.push(`${hostId}: ${outcome}`),
    pacing: { ...systemPacing, clock: this.clock },
    lookUp: (host) => {
      assert.ok(!this.lookUps.has(host), `two knocks at ${host} at once`);
      return new Promise((resolve) => this.lookUps.set(host, resolve));
    },
  });

  addSilent(count: number): void {
    for (let number = 1; number <= count; number += 1) {
      const brokerAddresses = [`host-${number}.example:7600`];
      this.silent.set(`host-${number}`, { address: `host-${number}.example`, brokerAddresses });
    }
  }

  /** Ends every knock that waits. */
  async endAll(): Promise<void> {
    const expected = this.found.length + this.lookUps.size;
    for (const end of this.lookUps.values()) end([]);
    this.lookUps.clear();
    await eventually("the knocks are over", () => this.found.length === expected);
  }
}

describe("the prober of hosts", () => {
  let lab: ProbeLab;

  beforeEach(() => {
    lab = new ProbeLab();
  });

  afterEach(() => lab.prober.close());

  it("knocks at a host that is not heard from, and again after a while", async () => {
    lab.addSilent(1);
    lab.prober.look();
    await lab.endAll();
    assert.deepEqual(lab.found, ["host-1: unknown"]);
    lab.clock.advance(knockAgainAfterMs - 1);
    lab.prober.look();
    assert.equal(lab.lookUps.size, 0);
    lab.clock.advance(1);
    lab.prober.look();
    assert.equal(lab.lookUps.size, 1);
  });

  it("never has two knocks at one host at a time", () => {
    lab.addSilent(1);
    lab.prober.look();
    lab.clock.advance(10 * knockAgainAfterMs);
    lab.prober.look();
    assert.equal(lab.lookUps.size, 1);
  });

  it("knocks at a few hosts at a time, and gets to all of them", async () => {
    lab.addSilent(150);
    for (const atOnce of [64, 64, 22]) {
      lab.prober.look();
      assert.equal(lab.lookUps.size, atOnce);
      await lab.endAll();
    }
    assert.equal(new Set(lab.found).size, 150);
  });

  it("has no host wait for ever behind others that are due again", async () => {
    lab.addSilent(70);
    lab.prober.look();
    await lab.endAll();
    lab.clock.advance(knockAgainAfterMs);
    lab.prober.look();
    await lab.endAll();
    assert.equal(new Set(lab.found).size, 70);
  });

  it("tells nothing of a host that is heard from meanwhile, and makes room for others", async () => {
    lab.addSilent(65);
    lab.prober.look();
    lab.silent.delete("host-1");
    lab.prober.look();
    await eventually("its place is free", () => {
      lab.prober.look();
      return lab.lookUps.has("host-65.example");
    });
    lab.lookUps.delete("host-1.example");
    await lab.endAll();
    assert.ok(!lab.found.includes("host-1: unknown"));
    assert.equal(lab.found.length, 64);
  });

  it("knows nothing of a host that says no address", async () => {
    lab.silent.set("host-1", { address: "", brokerAddresses: [] });
    lab.prober.look();
    await eventually("it is told", () => lab.found.length === 1);
    assert.deepEqual(lab.found, ["host-1: unknown"]);
  });

  it("tells nothing any more when it is closed", async () => {
    lab.addSilent(3);
    lab.prober.start();
    await eventually("it knocks", () => lab.lookUps.size === 3);
    await lab.prober.close();
    for (const end of lab.lookUps.values()) end(["127.0.0.1"]);
    await new Promise(setImmediate);
    assert.deepEqual(lab.found, []);
  });
});

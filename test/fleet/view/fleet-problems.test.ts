// What is wrong in the fleet, the worst first.

import assert from "node:assert/strict";
import type { ProbeOutcome } from "#fleet/view/fleet-entities.js";
import { skewMsMax, skewOverMs } from "#fleet/view/host-problems.js";
import { unreadableMax } from "#fleet/view/source-view.js";
import { type FleetLab, fleetLab, samplePool, sampleProblem } from "../../support/fleet-samples.js";

describe("The problems of the fleet", () => {
  let lab: FleetLab;

  beforeEach(() => {
    lab = fleetLab();
  });

  const shown = (): string[] =>
    lab.view.problems().map(({ hostId, problem }) => `${problem.reason} ${hostId}`);

  it("begin with the source, then strangers, full pools with a line, full pools, and the rest of each severity", () => {
    const critical = (reason: string) => sampleProblem({ severity: "critical", reason });
    lab.host("a", { problems: [critical("READ_ONLY"), critical("POOL_FULL"), sampleProblem()] });
    const pools = [samplePool({ waitingRequests: 3 })];
    lab.host("b", { problems: [critical("POOL_FULL")], pools });
    lab.host("c", {
      problems: [sampleProblem({ severity: "info" }), critical("PORT_TAKEN_BY_STRANGER")],
    });
    lab.view.setSource({ connected: false, detail: "etcd does not answer" });
    assert.deepEqual(shown(), [
      "SOURCE_UNREACHABLE ",
      "PORT_TAKEN_BY_STRANGER c",
      "POOL_FULL b",
      "POOL_FULL a",
      "READ_ONLY a",
      "POOL_NEARLY_FULL a",
      "POOL_NEARLY_FULL c",
    ]);
    assert.match(lab.view.problems()[0]?.problem.message ?? "", /etcd does not answer/);
    assert.deepEqual(
      lab.view.problemsOf("c").map(({ problem }) => problem.severity),
      ["critical", "info"],
    );
    assert.equal(lab.view.problemsOf("").length, 1);
    assert.equal(lab.view.problemsOf("unknown").length, 0);
  });

  it("are the same array until something in it changes", () => {
    lab.host("a", { problems: [sampleProblem()] });
    const before = lab.view.problems();
    lab.host("a", { problems: [sampleProblem()], version: "9.9.9" });
    lab.lease("a", "1");
    assert.ok(lab.view.problems() === before);
    lab.host("a", { problems: [] });
    assert.deepEqual(lab.view.problems(), []);
  });

  const probes: Readonly<Record<ProbeOutcome, RegExp>> = {
    "broker-answers": /broker seems to run without reaching/,
    "host-answers": /broker seems to be down/,
    "no-answer": /host seems to be down, or the network or a firewall/,
    unknown: /cannot be told/,
  };
  for (const [outcome, says] of Object.entries(probes)) {
    it(`say of a host that is not heard from what the probe "${outcome}" means`, () => {
      lab.host("a");
      lab.view.removePresence("a");
      assert.deepEqual(shown(), ["HOST_NOT_HEARD_FROM a"]);
      lab.view.setProbe("a", { outcome: outcome as ProbeOutcome, triedWallMs: 0 });
      const [first] = lab.view.problems();
      assert.match(first?.problem.message ?? "", says);
      assert.notEqual(first?.problem.remedy, "");
      lab.clock.advance(60_000);
      assert.match(lab.view.problems()[0]?.problem.message ?? "", says);
    });
  }

  it("are not those of a host that was stopped", () => {
    lab.host("a", { serving: "stopped", problems: [sampleProblem()] });
    lab.view.removePresence("a");
    assert.deepEqual(shown(), []);
  });

  it("tell of a clock that is far ahead, and not of one that is a little", () => {
    lab.host("a", { saidWallMs: lab.clock.wallMs() + skewMsMax });
    assert.deepEqual(shown(), []);
    lab.host("a", { saidWallMs: lab.clock.wallMs() + skewMsMax + 1 });
    assert.deepEqual(shown(), ["CLOCK_SKEWED a"]);
    lab.host("a", { saidWallMs: lab.clock.wallMs() - skewMsMax - 1 });
    assert.deepEqual(shown(), []);
  });

  it("tell of such a clock once, however much its lead jitters, and until the clock is right again", () => {
    const ahead = (aheadMs: number): void =>
      lab.host("a", { saidWallMs: lab.clock.wallMs() + aheadMs });
    ahead(skewMsMax + 1);
    const first = lab.view.problems();
    assert.match(first[0]?.problem.message ?? "", /more than half a minute ahead/);
    for (const aheadMs of [skewMsMax, 89_000, skewOverMs + 1, 90_000]) {
      ahead(aheadMs);
      assert.ok(lab.view.problems() === first, `${aheadMs} ms`);
    }
    ahead(5 * 60_000 + 29_000);
    const later = lab.view.problems();
    assert.match(later[0]?.problem.message ?? "", /about 5 minutes ahead/);
    ahead(5 * 60_000 + 31_000);
    assert.ok(lab.view.problems() === later);
    ahead(skewOverMs);
    assert.deepEqual(shown(), []);
    ahead(skewMsMax);
    assert.deepEqual(shown(), []);
  });

  it("tell nothing of the clock of a host whose record is gone", () => {
    lab.host("a", { saidWallMs: lab.clock.wallMs() + skewMsMax + 1 });
    const snapshot = lab.view.beginSnapshot(null);
    snapshot.putPresence("a", { brokerId: "b", startedWallMs: 0 });
    snapshot.end();
    assert.deepEqual(shown(), []);
  });

  it("count each entry that cannot be understood once, and name the first", () => {
    const put = (key: string, why: string): void => lab.view.setUnreadable(key, { key, why });
    put("/portlease/leases/b/1", "its port is 70000");
    put("/portlease/hosts/a", "it is no JSON");
    put("/portlease/hosts/a", "it has no v");
    assert.deepEqual(shown(), ["ENTRIES_UNREADABLE "]);
    assert.equal(lab.view.source().unreadableCount, 2);
    assert.equal(lab.view.source().unreadableExample, "/portlease/hosts/a: it has no v");
    lab.view.setUnreadable("/portlease/hosts/a", null);
    assert.equal(lab.view.source().unreadableExample, "/portlease/leases/b/1: its port is 70000");
    lab.view.setUnreadable("/portlease/leases/b/1", null);
    assert.deepEqual(shown(), []);
    for (let key = 0; key < unreadableMax + 5; key += 1) put(`${key}`.repeat(200), "it is garbage");
    assert.equal(lab.view.source().unreadableCount, unreadableMax);
    assert.ok(lab.view.source().unreadableExample.length < 400);
  });
});

// What the overview says: the verdict, the most urgent problems, the fullest pools, the grants, and how old the view is.

import assert from "node:assert/strict";
import type { FleetSource } from "#dashboard/fleet/api/fleet-messages.js";
import { allProblems, messageText, problemGroups } from "#dashboard/fleet/model/fleet-problems.js";
import { beginStream, nothingKnown } from "#dashboard/fleet/model/fleet-state.js";
import { fleetVerdict, sourceNotice } from "#dashboard/fleet/model/fleet-verdict.js";
import { fullestPools } from "#dashboard/fleet/model/fullest-pools.js";
import { grantsSentence, grantsSeries } from "#dashboard/fleet/model/grants-series.js";
import { fleetOf, fleetProblemOf, hostOf, problemOf, updateOf, usageOf } from "./fleet-samples.js";

const critical = { severity: "SEVERITY_CRITICAL" } as const;
const notHeard = problemOf("HOST_NOT_HEARD_FROM", critical);
const stranger = problemOf("PORT_TAKEN_BY_STRANGER", critical);
const full = problemOf("POOL_FULL");

describe("the problems of the fleet", () => {
  it("are strangers and exhausted pools first, then hosts not heard from, then the others", () => {
    const problems = [
      fleetProblemOf("a", problemOf("READ_ONLY", critical)),
      fleetProblemOf("b", notHeard),
      fleetProblemOf("c", full),
      fleetProblemOf("d", stranger),
      fleetProblemOf("", problemOf("SOURCE_UNREACHABLE", critical)),
    ];
    assert.deepEqual(
      problemGroups(problems).map(({ reason }) => reason),
      [
        "SOURCE_UNREACHABLE",
        "PORT_TAKEN_BY_STRANGER",
        "POOL_FULL",
        "HOST_NOT_HEARD_FROM",
        "READ_ONLY",
      ],
    );
  });

  it("are one where many hosts have the same, each host once", () => {
    const problems = ["a", "b", "a"].map((hostId) => fleetProblemOf(hostId, full));
    const [group, ...others] = problemGroups(problems);
    assert.deepEqual([group?.hostIds, group?.count, others], [["a", "b"], 3, []]);
  });
});

describe("the message of a problem", () => {
  const text = (message: string, hostId = "build-07"): string =>
    messageText({ hostId, problem: problemOf("ANY", { message }) });

  it("names the host once, as it is written", () => {
    assert.equal(text("port 20417 is taken"), "build-07: port 20417 is taken.");
    assert.equal(text("build-07 is not heard from"), "build-07 is not heard from.");
    assert.equal(text("the clock of build-07 is wrong"), "The clock of build-07 is wrong.");
    assert.equal(text("etcd does not answer", ""), "Etcd does not answer.");
  });
});

describe("the problems that were not sent", () => {
  const hosts = [
    hostOf("a", { problems: [full, stranger] }),
    hostOf("b", { state: "STATE_NOT_HEARD_FROM", problems: [full] }),
  ];
  const problems = [fleetProblemOf("a", stranger)];
  const reasons = (totalSize: number): readonly string[] =>
    allProblems({ hosts, problems: { problems, totalSize } }).map(
      ({ hostId, problem }) => `${hostId} ${problem?.reason}`,
    );

  it("are those that the hosts have, none twice, and that a host is not heard from", () => {
    assert.deepEqual(reasons(4), [
      "a PORT_TAKEN_BY_STRANGER",
      "a POOL_FULL",
      "b POOL_FULL",
      "b HOST_NOT_HEARD_FROM",
    ]);
  });

  it("are none where all were sent", () => {
    assert.deepEqual(reasons(1), ["a PORT_TAKEN_BY_STRANGER"]);
  });
});

describe("the verdict of the fleet", () => {
  const verdict = (problems: Parameters<typeof problemGroups>[0], hosts = 2) =>
    fleetVerdict(
      beginStream(
        nothingKnown,
        updateOf({
          fleet: fleetOf({ hosts, hostsHeardFrom: 1 }),
          problems: { problems, totalSize: problems.length },
        }),
      ),
    );

  it("is not known before anything was heard", () => {
    assert.equal(fleetVerdict(nothingKnown).level, "unknown");
  });

  it("says that all is well, with the numbers", () => {
    const { level, title, detail } = verdict([]);
    assert.deepEqual([level, title], ["well", "All well"]);
    assert.equal(detail, "1 of 2 hosts heard from, 50 leases, 50 of 100 ports free.");
  });

  it("names the most urgent thing, with its host or how many have it", () => {
    const one = verdict([fleetProblemOf("build-07", stranger)]);
    assert.deepEqual([one.level, one.title], ["critical", "Stranger on a leased port"]);
    assert.equal(one.detail, "build-07: something is wrong.");
    const two = verdict([fleetProblemOf("a", notHeard), fleetProblemOf("b", notHeard)]);
    assert.equal(two.title, "2 hosts not heard from");
  });

  it("says that there is no host", () => {
    assert.equal(verdict([], 0).title, "No hosts yet");
  });
});

describe("the fullest pools", () => {
  const pool = (name: string, total: number, free: number, waitingRequests = 0) => ({
    pool: name,
    protocol: "PROTOCOL_TCP",
    kind: "",
    usage: usageOf(total, free),
    waitingRequests,
  });

  it("are those with the least share free, of hosts that are heard from, and those that wait first", () => {
    const hosts = [
      hostOf("a", { pools: [pool("x", 100, 50), pool("empty", 0, 0)] }),
      hostOf("b", { pools: [pool("y", 10, 0), pool("z", 20, 0, 3)] }),
      hostOf("c", { state: "STATE_NOT_HEARD_FROM", pools: [pool("gone", 10, 0)] }),
    ];
    assert.deepEqual(
      fullestPools(hosts, 10).map((each) => each.pool),
      ["z", "y", "x"],
    );
    assert.equal(fullestPools(hosts, 1).length, 1);
  });
});

describe("the grants per minute", () => {
  it("are in order, with a gap for what no host was running for", () => {
    const series = grantsSeries([
      { minuteTime: "2026-01-01T12:03:00Z", grants: 4 },
      { minuteTime: "2026-01-01T12:00:00Z", grants: 1 },
      { minuteTime: "2026-01-01T12:01:00Z", grants: 0 },
    ]);
    assert.deepEqual(series.grants, [1, 0, null, 4]);
    assert.deepEqual(
      series.times.map((time) => time - (series.times[0] ?? 0)),
      [0, 60, 120, 180],
    );
    assert.equal(grantsSentence(series), "5 grants in the last hour, at most 4 in a minute.");
  });

  it("are bounded, whatever minutes a host makes up", () => {
    const series = grantsSeries([
      { minuteTime: "1970-01-01T00:00:00Z", grants: 1 },
      { minuteTime: "2026-01-01T12:00:00Z", grants: 2 },
    ]);
    assert.equal(series.times.length, 60);
    assert.equal(series.grants.at(-1), 2);
    assert.equal(grantsSentence(grantsSeries([])), "No grants are known yet.");
  });
});

describe("the age of the view", () => {
  const source: FleetSource = {
    kind: "KIND_ETCD",
    addresses: [],
    connected: false,
    lastHeardTime: "2026-01-01T12:03:00Z",
    detail: "etcd refuses the password",
    unreadableEntries: 0,
    unreadableExample: "",
  };

  it("is told where the source is not heard, with why", () => {
    assert.match(sourceNotice(source)?.title ?? "", /^As of \d\d:03:00: etcd does not answer\.$/);
    assert.equal(sourceNotice(source)?.detail, "Etcd refuses the password.");
    assert.equal(sourceNotice({ ...source, connected: true }), null);
    const { lastHeardTime: _, ...never } = source;
    assert.match(sourceNotice(never)?.title ?? "", /^Nothing has been heard from etcd yet/);
  });
});

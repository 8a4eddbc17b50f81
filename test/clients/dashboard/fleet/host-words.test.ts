// How a host stands, in the words that an operator reads.

import assert from "node:assert/strict";
import type { Host } from "#dashboard/fleet/api/fleet-messages.js";
import {
  dashboardReach,
  hostLevel,
  hostSentence,
  utilisation,
} from "#dashboard/fleet/model/host-words.js";
import { hostOf, problemOf, usageOf } from "./fleet-samples.js";

const nowMs = Date.parse("2026-01-01T12:03:00Z");

const lost = (probe: Host["probe"]): Host => hostOf("a", { state: "STATE_NOT_HEARD_FROM", probe });

describe("the words for a host", () => {
  it("tell the broker down from the host down, and say what cannot be told", () => {
    const says = (probe: Host["probe"]): string => hostSentence(lost(probe), nowMs);
    assert.equal(
      says("PROBE_HOST_ANSWERS"),
      "not heard from for about 3 minutes; the host answers, its broker does not",
    );
    assert.match(
      says("PROBE_NO_ANSWER"),
      /nothing answers: host down, or the network or a firewall/,
    );
    assert.match(says("PROBE_BROKER_ANSWERS"), /the broker runs/);
    assert.match(says("PROBE_UNKNOWN"), /cannot be told/);
    assert.match(says("PROBE_UNSPECIFIED"), /not been tried yet/);
  });

  it("tell a stop from a loss", () => {
    const stopped = hostOf("a", { state: "STATE_STOPPED" });
    assert.equal(hostSentence(stopped, nowMs), "stopped in an orderly way, about 3 minutes ago");
    assert.equal(hostLevel(stopped), "unknown");
    assert.equal(hostLevel(lost("PROBE_NO_ANSWER")), "critical");
    assert.equal(hostLevel(lost("PROBE_UNKNOWN")), "warning", "it is not known to be down");
  });

  it("never say a negative time, also where the host's clock is ahead", () => {
    const ahead = { ...lost("PROBE_NO_ANSWER"), lastHeardTime: "2026-01-01T13:00:00Z" };
    assert.match(hostSentence(ahead, nowMs), /for less than a minute;/);
    const { lastHeardTime: _, ...never } = lost("PROBE_NO_ANSWER");
    assert.match(hostSentence(never, nowMs), /for an unknown time;/);
  });

  it("are as bad as its worst problem", () => {
    assert.equal(hostLevel(hostOf("a")), "well");
    assert.equal(hostLevel(hostOf("a", { problems: [problemOf("POOL_NEARLY_FULL")] })), "warning");
  });
});

describe("the use of a host", () => {
  it("is 100 % only where no port is free", () => {
    assert.equal(utilisation({ usage: usageOf(1_000, 1) }), 99);
    assert.equal(utilisation({ usage: usageOf(1_000, 0) }), 100);
    assert.equal(utilisation({ usage: usageOf(0, 0) }), 0);
    assert.equal(utilisation({}), 0);
  });
});

describe("a host's own dashboard", () => {
  const reach = (dashboardUrl: string, page = "fleet.example"): string =>
    dashboardReach(hostOf("a", { dashboardUrl }), page);

  it("can be opened from elsewhere only where it is not on the loopback of its host", () => {
    assert.equal(reach("https://a.example:7601/"), "open");
    for (const host of ["127.0.0.1", "localhost", "[::1]", "127.1.2.3"]) {
      assert.equal(reach(`http://${host}:7601/`), "elsewhere", host);
      assert.equal(reach(`http://${host}:7601/`, "127.0.0.1"), "same-machine", host);
    }
  });

  it("is none where the host says no address of a web page", () => {
    for (const url of ["", "a.example", "javascript:alert(1)", "ftp://a.example/"]) {
      assert.equal(reach(url), "none", url);
    }
  });
});

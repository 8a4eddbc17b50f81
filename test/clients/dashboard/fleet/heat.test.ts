// The cells of the heat map: what each host looks like, how they are grouped, and how large they are.

import assert from "node:assert/strict";
import { moveBy } from "#dashboard/model/grid-geometry.js";
import {
  countKinds,
  groupHosts,
  groupingLabels,
  groupsMax,
  heatOf,
  heatState,
  heatStateCount,
  heatSteps,
} from "#dashboard/fleet/model/heat.js";
import { heatCellPx, heatGeometry } from "#dashboard/fleet/model/heat-geometry.js";
import { hostOf, problemOf, usageOf } from "./fleet-samples.js";

const lookOf = (...fields: Parameters<typeof hostOf>) => heatOf(heatState(hostOf(...fields)));

describe("a cell of the heat map", () => {
  it("is as full as the host's ports are used, and only full where nothing is free", () => {
    const stepAt = (free: number): number => lookOf("a", { usage: usageOf(1_000, free) }).step;
    assert.equal(stepAt(1_000), 0);
    assert.equal(stepAt(990), 1);
    assert.equal(stepAt(0), heatSteps.length - 1);
    assert.equal(stepAt(1), heatSteps.length - 2);
  });

  it("shows the worst problem, and a host that is not heard from as such whatever it said before", () => {
    assert.equal(lookOf("a").kind, "well");
    const warned = [problemOf("POOL_NEARLY_FULL")];
    assert.equal(lookOf("a", { problems: warned }).kind, "warning");
    const problems = [problemOf("POOL_FULL", { severity: "SEVERITY_CRITICAL" })];
    assert.equal(lookOf("a", { problems }).kind, "critical");
    assert.equal(lookOf("a", { problems, state: "STATE_NOT_HEARD_FROM" }).kind, "lost");
    assert.equal(lookOf("a", { problems, state: "STATE_STOPPED" }).kind, "stopped");
  });

  it("has a number that fits into a byte", () => {
    assert.ok(heatStateCount <= 256);
  });

  it("is counted by how it stands", () => {
    const hosts = [hostOf("a"), hostOf("b", { state: "STATE_NOT_HEARD_FROM" }), hostOf("c")];
    assert.deepEqual(countKinds(hosts), [2, 0, 0, 0, 1, 0]);
  });
});

describe("the groups of the heat map", () => {
  const hosts = ["a", "b", "c", "d"].map((id, index) =>
    hostOf(id, { labels: { zone: index < 3 ? "z2" : "z1", serial: id } }),
  );

  it("are made of labels that several hosts share", () => {
    assert.deepEqual(groupingLabels(hosts), ["zone"]);
  });

  it("come by the label's value, and what has none comes last", () => {
    const all = [...hosts, hostOf("e")];
    assert.deepEqual(
      groupHosts(all, "zone").map((group) => [group.value, group.hosts.length]),
      [
        ["z1", 1],
        ["z2", 3],
        [null, 1],
      ],
    );
    assert.deepEqual(groupHosts(all, ""), [{ value: null, hosts: all }]);
  });

  it("are bounded, and lose no host", () => {
    const many = Array.from({ length: 100 }, (_, index) =>
      hostOf(`h${index}`, { labels: { rack: `r${index % 40}` } }),
    );
    const groups = groupHosts(many, "rack");
    assert.equal(groups.length, groupsMax + 1);
    assert.equal(groups.flatMap((group) => group.hosts).length, 100);
    assert.equal(groups.at(-1)?.value, null);
  });
});

describe("the layout of the heat map", () => {
  it("never is wider than there is room, and has a cell for each host", () => {
    for (const count of [1, 7, 250, 1_000, 10_000]) {
      for (const widthPx of [300, 368, 1_200, 1_600]) {
        const geometry = heatGeometry(count, widthPx, heatCellPx(count, widthPx));
        assert.ok(geometry.widthPx <= widthPx, `${count} in ${widthPx}`);
        assert.ok(geometry.columns * geometry.rows >= count);
      }
    }
  });

  it("has smaller cells where there are more hosts", () => {
    assert.ok(heatCellPx(1_000, 1_200) < heatCellPx(50, 1_200));
    assert.ok(heatCellPx(1_000_000, 400) >= 12);
  });

  it("is moved over with the arrow keys", () => {
    const geometry = heatGeometry(100, 400, 20);
    assert.equal(moveBy(geometry, 0, "ArrowDown"), 20);
    assert.equal(moveBy(geometry, 99, "ArrowRight"), 99);
  });
});

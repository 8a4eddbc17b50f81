// Runs of ports as the broker sends them, one byte for each port.

import assert from "node:assert/strict";
import { countStates, emptyPortMap, withRuns } from "#dashboard/model/port-map.js";
import { portStateCode, portStateInfo, portStates } from "#dashboard/model/port-states.js";
import { PortState } from "@portlease/proto/portlease/v1/admin_service.js";

const run = (firstPort: number, portCount: number, state: string) => ({
  blockId: "b",
  firstPort,
  portCount,
  state,
});

describe("a port map", () => {
  it("knows nothing at first", () => {
    assert.deepEqual([...emptyPortMap(20_000, 3).states], [0, 0, 0]);
  });

  it("has each state of the API, in the API's order", () => {
    const names = Object.keys(PortState).filter((name) => name.startsWith("PORT_STATE_"));
    assert.deepEqual(
      portStates.map(({ name }) => name),
      names,
    );
  });

  it("takes over runs, and keeps what they do not name", () => {
    const first = withRuns(emptyPortMap(20_000, 6), [run(20_000, 6, "PORT_STATE_FREE")]);
    const second = withRuns(first, [
      run(20_001, 2, "PORT_STATE_BOUND"),
      run(20_005, 1, "PORT_STATE_LEASED"),
    ]);
    assert.deepEqual([...second.states], [1, 5, 5, 1, 1, 4]);
  });

  it("does not change the map it came from", () => {
    const first = emptyPortMap(20_000, 2);
    withRuns(first, [run(20_000, 2, "PORT_STATE_BOUND")]);
    assert.deepEqual([...first.states], [0, 0]);
  });

  it("is the same map when nothing came", () => {
    const map = emptyPortMap(20_000, 2);
    assert.equal(withRuns(map, []), map);
  });

  it("ignores what lies outside of its block", () => {
    const map = withRuns(emptyPortMap(20_000, 3), [
      run(19_990, 11, "PORT_STATE_BOUND"),
      run(20_002, 50, "PORT_STATE_LEASED"),
      run(30_000, 5, "PORT_STATE_FREE"),
    ]);
    assert.deepEqual([...map.states], [5, 0, 4]);
  });

  it("shows a state of a newer broker as unknown", () => {
    assert.equal(portStateInfo(portStateCode("PORT_STATE_DREAMING")).label, "unknown");
  });

  it("counts the ports of each state", () => {
    const map = withRuns(emptyPortMap(1, 5), [
      run(1, 2, "PORT_STATE_FREE"),
      run(3, 1, "PORT_STATE_STRANGER"),
    ]);
    assert.deepEqual(countStates(map), [2, 2, 0, 0, 0, 0, 0, 0, 1]);
  });
});

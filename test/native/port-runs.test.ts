// Range checks, the search order and the sysctl parsers.

import assert from "node:assert/strict";
import { NativeError, type PortRun } from "@portlease/native";
import { checkPort, checkPortRun, lastPortOf, searchOrder } from "#native/port-runs.js";
import { defaultDynamicRange, parsePortList, parsePortRange } from "#native/posix/sysctl.js";

const text = (runs: readonly PortRun[]): string[] =>
  runs.map((run) => `${run.firstPort}-${lastPortOf(run)}`);
const between = (firstPort: number, lastPort: number): PortRun => ({
  firstPort,
  portCount: lastPort - firstPort + 1,
});

describe("checkPortRun()", () => {
  it("accepts everything from 1 to 65535", () => {
    checkPortRun(1, 65_535);
    checkPortRun(65_535, 1);
    checkPortRun(null, 65_535);
    checkPort(1);
  });

  it("says where a run could start that would end too high", () => {
    assert.throws(
      () => checkPortRun(65_000, 1_000),
      (error) =>
        error instanceof NativeError && /65999.*Start at 64536 or lower/.test(error.message),
    );
  });
});

describe("searchOrder(), for start auto (semantics 15)", () => {
  it("starts at 20000, then goes above the dynamic range, then down to 1024", () => {
    assert.deepEqual(text(searchOrder(100, defaultDynamicRange, [])), [
      "20000-32767",
      "61000-65535",
      "1024-19999",
      "1024-32767",
      "61000-65535",
    ]);
  });

  it("leaves out excluded ports and places that are too short", () => {
    const excluded = [between(20_050, 32_700), between(62_000, 62_000), between(1_024, 19_990)];
    assert.deepEqual(text(searchOrder(60, defaultDynamicRange, excluded)), [
      "32701-32767",
      "61000-61999",
      "62001-65535",
      "32701-32767",
      "61000-61999",
      "62001-65535",
    ]);
  });

  it("finds room for a run that must cross 20000", () => {
    assert.deepEqual(text(searchOrder(31_744, defaultDynamicRange, [])), ["1024-32767"]);
  });

  it("copes with a dynamic range that covers nearly everything", () => {
    assert.deepEqual(text(searchOrder(10, between(1_024, 65_535), [])), []);
    assert.deepEqual(text(searchOrder(10, between(10_000, 65_000), [])), [
      "65001-65535",
      "1024-9999",
      "1024-9999",
      "65001-65535",
    ]);
  });
});

describe("the port sysctls", () => {
  it("are read as the kernel writes them", () => {
    assert.deepEqual(parsePortRange("32768\t60999\n"), defaultDynamicRange);
    assert.deepEqual(parsePortList("\n"), []);
    assert.deepEqual(parsePortList("8080,9148-9150\n"), [
      between(8_080, 8_080),
      between(9_148, 9_150),
    ]);
  });

  it("are unknown when they are something else", () => {
    for (const other of ["", "1", "2 1", "1 2 3", "a b", "1 70000"]) {
      assert.equal(parsePortRange(other), null, other);
    }
    for (const other of ["8080,", "1-2-3", "9-8", "x", "1;2"]) {
      assert.equal(parsePortList(other), null, other);
    }
  });
});

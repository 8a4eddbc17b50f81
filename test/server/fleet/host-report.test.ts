// How often the host's own record is written: soon for what matters, seldom for numbers, and now and then in any case.

import assert from "node:assert/strict";
import type { HostFacts } from "#server/fleet/host-report.js";
import { PublisherLab, sampleFacts } from "./publisher-lab.js";

const pool = {
  name: "default",
  protocol: "tcp",
  kind: "held",
  usage: { total: 8, free: 8, leased: 0, quarantined: 0, unavailable: 0, largestFreeRun: 8 },
  waitingRequests: 0,
} as const;
const problem = {
  severity: "warning",
  reason: "POOL_NEARLY_FULL",
  message: 'pool "default" has 1 of 8 ports left',
  remedy: "",
  pool: "default",
  blockId: "",
  port: 0,
  leaseId: "",
} as const;

/** When the record was written, in seconds since the first time; `change` is called each second. */
async function writtenAt(
  seconds: number,
  change: (second: number) => Partial<HostFacts>,
): Promise<readonly number[]> {
  const lab = new PublisherLab();
  const said = new Set<string>();
  const note = () => void said.add(lab.host()?.said ?? "");
  await lab.turn();
  note();
  for (let second = 1; second <= seconds; second += 1) {
    lab.facts = { ...sampleFacts, ...change(second) };
    for (let turn = 0; turn < 4; turn += 1) {
      await lab.pass(250);
      note();
    }
  }
  const times = [...said].map((text) => Date.parse(text));
  return times.map((time) => Math.round((time - (times[0] ?? 0)) / 1_000));
}

describe("the host's record", () => {
  it("is written each half minute when nothing changes", async () => {
    assert.deepEqual(await writtenAt(65, () => ({})), [0, 30, 60]);
  });

  it("is written each ten seconds while only numbers change", async () => {
    const times = await writtenAt(35, (second) => ({
      pools: [{ ...pool, waitingRequests: second }],
      problems: [{ ...problem, message: `${second} of 8 ports left` }],
    }));
    // The pool and the problem themselves are news.
    assert.deepEqual(times, [0, 1, 11, 21, 31]);
  });

  it("is written within a second when a problem comes or goes, or the state changes", async () => {
    const problems = (second: number) => (second === 3 ? [problem] : []);
    assert.deepEqual(await writtenAt(6, (second) => ({ problems: problems(second) })), [0, 3, 4]);
    const times = await writtenAt(6, (second) => ({
      serving: second < 4 ? "serving" : "read-only",
    }));
    assert.deepEqual(times, [0, 4]);
  });

  it("is written each second at most", async () => {
    const labels = (second: number) => ({ labels: { second: String(second) } });
    assert.deepEqual(await writtenAt(5, labels), [0, 1, 2, 3, 4, 5]);
  });
});

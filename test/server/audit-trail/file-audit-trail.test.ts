// The lines of the audit log, and what happens while they cannot be written.

import assert from "node:assert/strict";
import { rolesOf } from "#server/access/caller.js";
import { AuditLogger, unwrittenMax } from "#server/audit-trail/audit-logger.js";
import type { OperatorCall, TurnedAwayCall } from "#server/audit-trail/audit-trail.js";
import { FileAuditTrail, retryEveryMs } from "#server/audit-trail/file-audit-trail.js";
import { linesPerMinuteMax, originsMax } from "#server/audit-trail/refusal-limit.js";
import type { Log, LogFields } from "#server/log.js";
import { eventually } from "../../support/eventually.js";
import { FakeClock } from "../../support/fake-clock.js";
import { silentLog } from "../../support/silent-log.js";

const minuteMs = 60_000;
const call: OperatorCall = {
  path: "/portlease.v1.AdminService/DrainBlock",
  caller: { name: "token:ops", roles: rolesOf("admin") },
  origin: { thisHost: true, certificateNames: [] },
  peer: "127.0.0.1:5000",
  request: { blockId: "b-1", undo: false },
};
const turnedAway: TurnedAwayCall = {
  path: call.path,
  origin: { thisHost: false, certificateNames: [] },
  peer: "10.0.0.7:6000",
  caller: null,
  outcome: { code: "UNAUTHENTICATED", reason: "TOKEN_INVALID" },
};

describe("FileAuditTrail", () => {
  let clock: FakeClock;
  let file: { text: string; syncs: number; broken: boolean };
  let errors: LogFields[];
  let logger: AuditLogger;
  let trail: FileAuditTrail;

  beforeEach(() => {
    clock = new FakeClock();
    file = { text: "", syncs: 0, broken: false };
    errors = [];
    const append = (lines: string, durable: boolean): Promise<void> => {
      if (file.broken) return Promise.reject(new Error("ENOSPC: no space left"));
      file.text += lines;
      file.syncs += durable ? 1 : 0;
      return Promise.resolve();
    };
    const log: Log = {
      ...silentLog,
      error: (_message, fields) => void errors.push(fields ?? {}),
    };
    logger = new AuditLogger({ append });
    const [revision, processOf] = [() => 41, () => 777];
    const parts = { logger, file: { limit: () => undefined } };
    trail = new FileAuditTrail({ ...parts, path: "/audit.log", clock, revision, processOf, log });
  });

  afterEach(() => trail.close());

  const lines = (): readonly Record<string, unknown>[] =>
    file.text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it("says who did what, from where, with what result, and is on disk before the answer", async () => {
    const record = trail.begin(call);
    clock.advance(12);
    await record.write({ code: "OK", reason: null });
    assert.deepEqual(lines(), [
      {
        time: "2026-01-01T00:00:00.012Z",
        method: "DrainBlock",
        caller: "token:ops",
        roles: ["admin", "holder", "viewer"],
        origin: "this host",
        peer: "127.0.0.1:5000",
        processId: 777,
        request: { blockId: "b-1" },
        outcome: "OK",
        durationMs: 12,
        revision: 41,
      },
    ]);
    assert.equal(file.syncs, 1);
  });

  it("names no process of another host", async () => {
    const origin = { thisHost: false, certificateNames: [] };
    await trail.begin({ ...call, origin, peer: "10.0.0.7:1" }).write({ code: "OK", reason: null });
    assert.deepEqual(
      [lines()[0]?.["origin"], "processId" in (lines()[0] ?? {})],
      ["10.0.0.7", false],
    );
  });

  it("keeps the order of what is written at once", async () => {
    const records = Array.from({ length: 50 }, () => trail.begin(call));
    await Promise.all(
      records.map((record, index) => record.write({ code: "OK", reason: String(index) })),
    );
    assert.deepEqual(
      lines().map(({ reason }) => Number(reason)),
      records.map((_, index) => index),
    );
    assert.ok(file.syncs < records.length, "lines that wait share one sync");
  });

  it("writes some refusals of an origin a minute, and then how many more there were", async () => {
    for (let count = 0; count < 25; count += 1) trail.turnedAway(turnedAway);
    trail.turnedAway({ ...turnedAway, peer: "10.0.0.8:1" });
    trail.advance();
    clock.advance(minuteMs);
    trail.advance();
    await trail.close();
    const [own, other, more, ...rest] = [
      lines().filter(({ origin, method }) => origin === "10.0.0.7" && method !== undefined),
      lines().filter(({ origin }) => origin === "10.0.0.8"),
      lines().filter(({ event }) => event === "more_calls_turned_away"),
    ];
    assert.equal(own?.length, linesPerMinuteMax);
    assert.equal(other?.length, 1);
    assert.deepEqual(
      more?.map(({ origin, count }) => [origin, count]),
      [["10.0.0.7", 25 - linesPerMinuteMax]],
    );
    assert.deepEqual(rest, []);
    assert.equal(trail.advance(), null);
  });

  it("remembers a bounded number of origins", async () => {
    for (let host = 0; host < originsMax + 100; host += 1) {
      trail.turnedAway({ ...turnedAway, peer: `10.1.${host >> 8}.${host & 255}:1` });
    }
    await trail.close();
    assert.equal(lines().length, originsMax + linesPerMinuteMax);
  });

  it("lets nobody change anything while it cannot be written down, and catches up", async () => {
    const first = trail.begin(call);
    file.broken = true;
    await first.write({ code: "OK", reason: null });
    assert.equal(errors.length, 1, "the line is in the broker's log");
    assert.match(JSON.stringify(errors[0]), /"blockId":"b-1"/);
    assert.match(trail.problem ?? "", /\/audit\.log cannot be written \(ENOSPC/);
    assert.throws(() => trail.begin(call), { code: "audit_log_unavailable" });
    clock.advance(retryEveryMs);
    trail.advance();
    await eventually("it was tried again", () => trail.advance() === retryEveryMs);
    assert.throws(() => trail.begin(call), { code: "audit_log_unavailable" });
    file.broken = false;
    clock.advance(retryEveryMs);
    trail.advance();
    await eventually("it works again", () => trail.problem === null);
    await trail.begin(call).write({ code: "OK", reason: "second" });
    assert.deepEqual(
      lines().map(({ reason }) => reason),
      [undefined, "second"],
    );
  });

  it("has what comes after its end in the broker's log, as of a call that outlived the stop", async () => {
    const record = trail.begin(call);
    await trail.close();
    await record.write({ code: "OK", reason: null });
    assert.match(JSON.stringify(errors), /"blockId":"b-1"/);
  });

  it("holds a bounded number of lines for a file that works again", async () => {
    file.broken = true;
    const outcome = { code: "OK", reason: null };
    await Promise.all(
      Array.from({ length: unwrittenMax + 5 }, () => logger.write({ outcome }, false)),
    );
    assert.equal(logger.failure?.droppedCount, 5);
    file.broken = false;
    assert.ok(await logger.retry());
    assert.equal(lines().length, unwrittenMax);
  });
});

// When calls of operators are written down, against when they are answered.

import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import { rolesOf } from "#server/access/caller.js";
import { roleMissing } from "#server/access/access-refusals.js";
import type { AuditTrail, CallOutcome, TurnedAwayCall } from "#server/audit-trail/audit-trail.js";
import { blockNotFound } from "#server/domain/refusals.js";
import { AuditedCalls, type ServedCall } from "#server/grpc/audited-calls.js";
import type { UnaryCallback } from "#server/grpc/open-calls.js";
import { toWireError } from "#server/grpc/rich-error.js";
import { silentLog } from "../support/silent-log.js";

const caller = { name: "token:ops", roles: rolesOf("admin") };
const shown = {
  path: "/portlease.v1.AdminService/DrainBlock",
  authorization: [],
  origin: { thisHost: true, certificateNames: [] },
};
const admitted = { ...shown, caller, peer: "127.0.0.1:1" };

describe("AuditedCalls", () => {
  let written: CallOutcome[];
  let turnedAway: TurnedAwayCall[];
  /** Lets the line that was written last reach the disk. */
  let reachDisk: () => void;
  let audited: AuditedCalls;

  beforeEach(() => {
    written = [];
    turnedAway = [];
    reachDisk = () => undefined;
    const trail: AuditTrail = {
      begin: () => ({
        write: (outcome) => {
          written.push(outcome);
          return new Promise((resolve) => (reachDisk = resolve));
        },
      }),
      turnedAway: (call) => void turnedAway.push(call),
      deed: () => undefined,
    };
    audited = new AuditedCalls(trail, silentLog);
  });

  const newCall = (): EventEmitter & ServedCall => {
    const call = Object.assign(new EventEmitter(), { cancelled: false });
    call.on("error", () => undefined);
    return call;
  };

  it("answers a call when its line is on disk, not before", async () => {
    const answers: unknown[] = [];
    const answer: UnaryCallback = (...answered) => void answers.push(answered);
    audited.serve(admitted, newCall(), (_call, reply) => reply?.(null, "the block"), answer);
    await nextTurn();
    assert.deepEqual(
      [written, answers],
      [[{ code: "OK", reason: null }], []],
      "it waits for the disk",
    );
    reachDisk();
    await nextTurn();
    assert.deepEqual(answers, [[null, "the block"]]);
  });

  it("writes down by code and reason what was refused, not by text", () => {
    const refusal = toWireError(blockNotFound("b-9"));
    const answer: UnaryCallback = () => undefined;
    audited.serve(admitted, newCall(), (_call, reply) => reply?.(refusal), answer);
    assert.deepEqual(written, [{ code: "NOT_FOUND", reason: "BLOCK_NOT_FOUND" }]);
  });

  it("sends nothing on a stream before its line is on disk", async () => {
    const call = newCall();
    let began = false;
    audited.serve(admitted, call, () => (began = true), undefined);
    await nextTurn();
    assert.deepEqual([began, written.map(({ code }) => code)], [false, ["BEGUN"]]);
    reachDisk();
    await nextTurn();
    assert.ok(began);
    call.emit("finish");
    call.emit("cancelled");
    assert.deepEqual(
      written.map(({ code }) => code),
      ["BEGUN", "OK"],
    );
  });

  it("says how a stream ended that was not sent whole", () => {
    const [gone, failed] = [newCall(), newCall()];
    audited.serve(admitted, gone, () => undefined, undefined);
    gone.emit("cancelled");
    audited.serve(admitted, failed, () => undefined, undefined);
    failed.emit("error", toWireError(new Error("unforeseen")));
    assert.deepEqual(
      written.map(({ code, reason }) => `${code} ${reason}`),
      ["BEGUN null", "CANCELLED null", "BEGUN null", "INTERNAL INTERNAL"],
    );
  });

  it("does not begin a stream whose caller has gone", async () => {
    const call = Object.assign(newCall(), { cancelled: true });
    let began = false;
    audited.serve(admitted, call, () => (began = true), undefined);
    reachDisk();
    await nextTurn();
    assert.ok(!began);
  });

  it("does not begin a stream that was ended meanwhile, as when its caller's token is taken away", async () => {
    const call = newCall();
    let began = false;
    audited.serve(admitted, call, () => (began = true), undefined);
    const lineOnDisk = reachDisk;
    call.emit("error", toWireError(roleMissing(shown.path, ["admin"], caller, "broker")));
    lineOnDisk();
    await nextTurn();
    assert.ok(!began);
  });

  it("tells of calls that were turned away because of who calls, and of no others", () => {
    audited.turnedAway(shown, "peer", roleMissing(shown.path, ["admin"], caller, "broker"));
    audited.turnedAway(shown, "peer", blockNotFound("b-9"));
    assert.deepEqual(
      turnedAway.map(({ caller: name, outcome }) => [name, outcome.reason]),
      [["token:ops", "ROLE_MISSING"]],
    );
  });
});

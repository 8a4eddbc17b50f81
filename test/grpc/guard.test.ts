// The guard in front of every method, with calls that are no more than what it looks at.

import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { Metadata } from "@grpc/grpc-js";
import { AdminServiceService } from "@portlease/proto/portlease/v1/admin_service.js";
import { LeaseServiceService } from "@portlease/proto/portlease/v1/lease_service.js";
import { tokenMissing } from "#server/access/access-refusals.js";
import { noAuditTrail } from "#server/audit-trail/audit-trail.js";
import { systemClock } from "#server/system-clock.js";
import { rolesOf } from "#server/access/caller.js";
import { stopping } from "#server/domain/refusals.js";
import { callerOf } from "#server/grpc/call-caller.js";
import { Guard } from "#server/grpc/guard.js";
import { hostLooksMax } from "#server/grpc/limits.js";
import { silentLog } from "../support/silent-log.js";

const somebody = { name: "token:somebody", roles: rolesOf("admin") };
const origin = { thisHost: true, certificateNames: [] };

interface Answer {
  readonly details?: string;
}

type Callback = (error: Answer | null) => void;
type Handler = (call: object, callback?: Callback) => void;

describe("Guard", () => {
  let open: boolean;
  let reached: object[];
  /** Of the calls that reached their handlers. */
  let answers: Callback[];

  beforeEach(() => {
    open = true;
    reached = [];
    answers = [];
  });

  const decide = () => {
    if (!open) throw tokenMissing("/x/Y");
    return somebody;
  };

  function guarded(definition: typeof AdminServiceService | typeof LeaseServiceService) {
    const implementation = Object.fromEntries(
      Object.keys(definition).map((name) => [
        name,
        (call: object, callback?: Callback) => {
          reached.push(call);
          if (callback !== undefined) answers.push(callback);
        },
      ]),
    );
    const gate = { admit: decide, check: decide };
    const guard = new Guard({
      gate,
      originOf: () => origin,
      trail: noAuditTrail,
      clock: systemClock,
      log: silentLog,
    });
    const service = guard.around(definition, implementation);
    return { guard, service: service as unknown as Readonly<Record<string, Handler>> };
  }

  function newCall() {
    const call = Object.assign(new EventEmitter(), {
      metadata: new Metadata(),
      getPeer: () => "peer",
    });
    const errors: Answer[] = [];
    call.on("error", (error: Answer) => errors.push(error));
    return { call, errors };
  }

  it("lets nothing through to any handler of any kind that the gate refuses", () => {
    open = false;
    for (const definition of [LeaseServiceService, AdminServiceService]) {
      const { service } = guarded(definition);
      for (const [name, { responseStream }] of Object.entries(definition)) {
        const { call, errors } = newCall();
        service[name]?.(call, responseStream ? undefined : (error) => errors.push(error ?? {}));
        assert.match(errors[0]?.details ?? "", /without a token/, name);
      }
    }
    assert.deepEqual(reached, []);
  });

  it("tells handlers who calls", () => {
    const { call } = newCall();
    guarded(LeaseServiceService).service["getLease"]?.(call, () => undefined);
    assert.equal(callerOf(reached[0] ?? {}), somebody);
  });

  it("bounds the calls that ask the operating system, and only while they last", () => {
    const { service } = guarded(AdminServiceService);
    const explain = (): string => {
      const said: string[] = [];
      service["explainPort"]?.(newCall().call, (error) => said.push(error?.details ?? "done"));
      return said[0] ?? "nothing yet";
    };
    for (let call = 0; call < hostLooksMax; call += 1) assert.equal(explain(), "nothing yet");
    assert.match(explain(), /16 calls that ask the operating system/);
    service["getBroker"]?.(newCall().call, () => undefined);
    assert.equal(reached.length, hostLooksMax + 1, "others are served");
    answers[0]?.(null);
    assert.equal(explain(), "nothing yet");
    assert.match(explain(), /16 calls/);
  });

  it("ends streams whose callers may not have them any more", () => {
    const { guard, service } = guarded(LeaseServiceService);
    const [first, over] = [newCall(), newCall()];
    service["watchLeases"]?.(first.call);
    service["watchLeases"]?.(over.call);
    over.call.emit("close");
    guard.checkCalls();
    assert.equal(first.errors.length, 0);
    open = false;
    guard.checkCalls();
    assert.match(first.errors[0]?.details ?? "", /without a token/);
    assert.deepEqual(over.errors, [], "it is over");
  });

  it("ends every call that is under way when the broker must go, and answers none twice", () => {
    const { guard, service } = guarded(LeaseServiceService);
    const [stream, waiting, answered] = [newCall(), newCall(), newCall()];
    const said: string[] = [];
    const say = (error: Answer | null): void => void said.push(error?.details ?? "done");
    service["session"]?.(stream.call);
    service["acquireLease"]?.(waiting.call, say);
    service["acquireLease"]?.(answered.call, say);
    answers[1]?.(null);
    guard.endAll(stopping());
    answers[0]?.(null);
    guard.endAll(stopping());
    assert.deepEqual(said, ["done", stopping().message]);
    assert.deepEqual(
      stream.errors.map(({ details }) => details),
      [stopping().message],
    );
  });
});

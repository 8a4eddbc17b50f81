// What happened, in words.

import assert from "node:assert/strict";
import type { Lease, LeaseEvent } from "#dashboard/api/messages.js";
import { eventText } from "#dashboard/model/event-text.js";

const lease = (fields: Partial<Lease> = {}): Lease =>
  ({
    leaseId: "L1",
    port: 20_417,
    portCount: 1,
    holder: { service: "orders", instance: "2", labels: {} },
    ttl: "30s",
    binding: "BINDING_BOUND",
    endReason: "LEASE_END_REASON_UNSPECIFIED",
    ...fields,
  }) as Lease;

const change = (type: LeaseEvent["type"], fields: Partial<Lease> = {}) =>
  eventText({ lease: { revision: "7", type, lease: lease(fields), actor: "", detail: "" } });

describe("the text of an event", () => {
  it("says who was granted what", () => {
    const { kind, ports, text, leaseId, level } = change("TYPE_GRANTED");
    assert.deepEqual(
      [kind, ports, text, leaseId, level],
      ["granted", "20417", "orders / 2", "L1", "info"],
    );
  });

  it("tells ends that nobody wished for from the others", () => {
    const end = (reason: string) =>
      change("TYPE_ENDED", { endReason: `LEASE_END_REASON_${reason}` });
    assert.deepEqual([end("RELEASED").kind, end("RELEASED").level], ["released", "info"]);
    assert.deepEqual([end("EXPIRED").kind, end("EXPIRED").level], ["expired", "warning"]);
    assert.deepEqual(
      [end("HOLDER_EXITED").kind, end("HOLDER_EXITED").level],
      ["holder exited", "warning"],
    );
    assert.deepEqual([end("PORT_LOST").kind, end("PORT_LOST").level], ["port lost", "critical"]);
  });

  it("is critical for a stranger", () => {
    const { kind, level } = change("TYPE_BINDING_CHANGED", { binding: "BINDING_STRANGER" });
    assert.deepEqual([kind, level], ["stranger", "critical"]);
  });

  it("says which way the protection changed", () => {
    assert.equal(change("TYPE_PROTECTION_CHANGED", { unprotected: true }).level, "warning");
    assert.equal(change("TYPE_PROTECTION_CHANGED", { unprotected: false }).kind, "protected");
  });

  it("takes a notice as the broker says it", () => {
    const notice = {
      severity: "SEVERITY_WARNING",
      reason: "BLOCK_DRIFTED",
      message: "it is gone",
      blockId: "b",
      port: 0,
    } as const;
    const { kind, text, level, leaseId } = eventText({ notice });
    assert.deepEqual([kind, text, level, leaseId], ["block drifted", "it is gone", "warning", ""]);
  });
});

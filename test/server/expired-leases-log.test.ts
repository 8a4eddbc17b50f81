// What the log says when leases expire: each by name, and a flood of them as a count.

import assert from "node:assert/strict";
import type { LeaseRecord } from "#server/domain/records.js";
import { ExpiredLeasesLog, namedPerSecondMax } from "#server/expired-leases-log.js";
import type { LogFields } from "#server/log.js";
import { silentLog } from "../support/silent-log.js";

describe("The log of expired leases", () => {
  let lines: { readonly message: string; readonly fields: LogFields }[];
  /** Those that have begun and not ended. */
  let periods: { readonly milliseconds: number; readonly end: () => void }[];
  let expired: ExpiredLeasesLog;

  beforeEach(() => {
    lines = [];
    const log = {
      ...silentLog,
      info: (message: string, fields: LogFields = {}) => void lines.push({ message, fields }),
    };
    periods = [];
    const after = (milliseconds: number, end: () => void): void =>
      void periods.push({ milliseconds, end });
    expired = new ExpiredLeasesLog(log, after);
  });

  function secondEnds(): void {
    const [period, ...others] = periods.splice(0);
    assert.deepEqual([period?.milliseconds, others], [1_000, []]);
    period?.end();
  }

  function expire(count: number): void {
    const ports = { firstPort: 20_000, lastPort: 20_001 };
    const holder = { service: "orders", instance: "", labels: {}, process: null };
    for (let index = 0; index < count; index += 1) {
      expired.expired({ leaseId: `lease-${index}`, ports, holder } as unknown as LeaseRecord);
    }
  }

  it("names the lease, its ports and its service", () => {
    expire(1);
    const fields = {
      leaseId: "lease-0",
      ports: "20000-20001",
      reason: "expired",
      service: "orders",
    };
    assert.deepEqual(lines, [{ message: "lease expired", fields }]);
    secondEnds();
    assert.equal(lines.length, 1);
  });

  it("names the first ones of a second, and counts the others", () => {
    expire(namedPerSecondMax + 60_000);
    assert.equal(lines.length, namedPerSecondMax);
    secondEnds();
    assert.deepEqual(lines.at(-1), { message: "more leases expired", fields: { count: 60_000 } });
    expire(2);
    assert.equal(lines.length, namedPerSecondMax + 3);
    assert.equal(lines.at(-1)?.fields.leaseId, "lease-1");
    secondEnds();
    assert.equal(lines.length, namedPerSecondMax + 3);
  });
});

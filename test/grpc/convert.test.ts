import assert from "node:assert/strict";
import type { BlockReservation, PortReservation } from "#server/domain/boundaries.js";
import { toReservations } from "#server/grpc/convert.js";

/** A block of ports 20000 to 20003 with one token; what is in `uncovered` is not covered by it. */
function reservation(
  bindMethod: BlockReservation["bindMethod"],
  token: bigint,
  uncovered: readonly number[] = [],
): BlockReservation {
  const whole = { protocol: "tcp", kind: "runtime", bindMethod, firstPort: 20_000 } as const;
  const reservationsOf = (port: number): readonly PortReservation[] =>
    uncovered.includes(port)
      ? [{ ...whole, token: 0n, portCount: 4 }]
      : [{ ...whole, token, portCount: 4 }];
  return { bindMethod, reservationsOf } as unknown as BlockReservation;
}

function shapes(
  block: BlockReservation,
  lastPort: number,
): readonly (readonly [number, number, bigint])[] {
  const entries = toReservations(block, { firstPort: 20_001, lastPort });
  return entries.map(({ firstPort, portCount, token }) => [firstPort, portCount, token]);
}

describe("toReservations()", () => {
  it("says once what a token is for, however many ports of it the lease has", () => {
    assert.deepEqual(shapes(reservation("handoff", 7n), 20_003), [[20_000, 4, 7n]]);
  });

  it("puts a port that is not covered first, so that the first match is the right one", () => {
    for (const port of [20_001, 20_002]) {
      assert.deepEqual(shapes(reservation("associate", 7n, [port]), 20_002), [
        [port, 1, 0n],
        [20_000, 4, 7n],
      ]);
    }
  });

  it("has one entry for all the ports of a lease where there are no tokens", () => {
    assert.deepEqual(shapes(reservation("share-port", 0n), 20_003), [[20_001, 3, 0n]]);
  });
});

// What a block that cannot be made leaves behind: nothing, as far as the kernel takes it back. On a kernel that is played.

import assert from "node:assert/strict";
import type { PortRun } from "#native/host-ports.js";
import { claimNew } from "#native/win32/claim-reservations.js";
import type { Reservation, ReservationMaker } from "#native/win32/reservations.js";
import type { Win32Failure } from "#native/win32/win32-failure.js";

const run = { firstPort: 20_000, portCount: 4 };
/** WSAENOBUFS and WSAEACCES: https://learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2 */
const noBuffers = { api: "bind", errorNumber: 10_055 } as const;
const denied = { api: "SIO_ASSOCIATE_PORT_RESERVATION", errorNumber: 10_013 } as const;

class PlayedMaker implements ReservationMaker {
  readonly kind = "persistent";
  readonly protocol = "tcp";
  readonly bindMethod = "associate";
  readonly outlivesProcess = true;
  readonly there = new Set<number>();
  /** First ports of what is refused. */
  readonly refused = new Map<number, Win32Failure>();
  readonly keeps = new Set<number>();

  make(wanted: PortRun): Reservation | Win32Failure {
    const refusal = this.refused.get(wanted.firstPort);
    if (refusal !== undefined) return refusal;
    this.there.add(wanted.firstPort);
    return { run: wanted, token: 1n };
  }

  find(): null {
    return null;
  }

  remove({ run: { firstPort } }: Reservation): Win32Failure | null {
    if (this.keeps.has(firstPort)) return noBuffers;
    this.there.delete(firstPort);
    return null;
  }
}

const free = { tryPort: () => null };

describe("claimNew()", () => {
  it("gives the reservation back when it cannot be associated with", async () => {
    const maker = new PlayedMaker();
    const claims = { maker, trials: { tryPort: () => denied } };
    await assert.rejects(claimNew(claims, run, "shared"), { code: "ACCESS_DENIED" });
    assert.deepEqual([...maker.there], []);
  });

  it("gives the reservation back when trying it throws", async () => {
    const maker = new PlayedMaker();
    const tryPort = () => {
      throw new Error("no sockets");
    };
    await assert.rejects(claimNew({ maker, trials: { tryPort } }, run, "shared"), /no sockets/);
    assert.deepEqual([...maker.there], []);
  });

  it("gives back all single ports that the kernel takes when one of them is refused", async () => {
    const maker = new PlayedMaker();
    maker.refused.set(20_003, noBuffers);
    maker.keeps.add(20_000);
    await assert.rejects(claimNew({ maker, trials: free }, run, "per-lease"), {
      code: "RESOURCES",
    });
    assert.deepEqual([...maker.there], [20_000]);
  });
});

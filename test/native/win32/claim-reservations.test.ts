// What is claimed of a run, and what is left of a claim that fails: on every platform, by reservations in memory.

import assert from "node:assert/strict";
import { NativeError, type PortRun } from "@portlease/native";
import { claimAgain, claimNew } from "#native/win32/claim-reservations.js";
import type { Reservation, ReservationMaker } from "#native/win32/reservations.js";
import type { Win32Failure } from "#native/win32/win32-failure.js";

const accessDenied = { api: "SIO_ASSOCIATE_PORT_RESERVATION", errorNumber: 10_013 };
const networkDown = { api: "SIO_ACQUIRE_PORT_RESERVATION", errorNumber: 10_050 };
const inUse = { api: "SIO_ACQUIRE_PORT_RESERVATION", errorNumber: 10_048 };
const invalid = { api: "bind", errorNumber: 10_022 };

/** Makes everything but what `refuse` says. */
class MakerInMemory implements ReservationMaker {
  readonly kind = "runtime";
  readonly protocol = "tcp";
  readonly bindMethod = "handoff";
  readonly outlivesProcess: boolean;
  readonly made = new Set<Reservation>();
  #token = 0n;
  readonly #refuse: (run: PortRun) => Win32Failure | null;

  constructor(refuse: (run: PortRun) => Win32Failure | null, outlivesProcess = false) {
    this.#refuse = refuse;
    this.outlivesProcess = outlivesProcess;
  }

  make(run: PortRun): Reservation | Win32Failure {
    const refused = this.#refuse(run);
    if (refused !== null) return refused;
    this.#token += 1n;
    const reservation = { run, token: this.#token };
    this.made.add(reservation);
    return reservation;
  }

  find(): null {
    return null;
  }

  remove(reservation: Reservation): null {
    this.made.delete(reservation);
    return null;
  }
}

const run = { firstPort: 20_000, portCount: 4 };
const noIntent = (): Promise<void> => Promise.resolve();
const bindsAnything = { tryPort: (): null => null };

function refusing(failure: Win32Failure): { tryPort: () => Win32Failure } {
  return { tryPort: () => failure };
}

describe("a claim of reservations", () => {
  it("is one reservation where its ports can be bound by number, else one for each port", async () => {
    const maker = new MakerInMemory(() => null);
    const whole = await claimNew({ maker, trials: bindsAnything }, run, "shared");
    assert.deepEqual(whole, [{ run, token: 1n }]);
    const singles = await claimNew({ maker, trials: refusing(invalid) }, run, "shared");
    assert.ok(Array.isArray(singles));
    assert.equal(singles.length, 4);
    assert.equal(maker.made.size, 5);
  });

  it("is one reservation for each port around a bound one too, where ports of larger ones cannot be bound by number", async () => {
    const bound = run.firstPort + 1;
    const maker = new MakerInMemory(({ firstPort, portCount }) =>
      firstPort <= bound && bound < firstPort + portCount ? inUse : null,
    );
    const again = await claimAgain({ maker, trials: refusing(invalid) }, run, "shared", noIntent);
    const runs = again.map((reservation) => reservation.run);
    assert.deepEqual(
      runs,
      [0, 2, 3].map((offset) => ({ firstPort: run.firstPort + offset, portCount: 1 })),
    );
    assert.equal(maker.made.size, 3);
  });

  for (const outlivesProcess of [true, false]) {
    const which = outlivesProcess ? "that outlive the process" : "of the process";
    it(`leaves no reservations ${which} when they cannot be associated with`, async () => {
      const maker = new MakerInMemory(() => null, outlivesProcess);
      const claims = { maker, trials: refusing(accessDenied) };
      await assert.rejects(claimNew(claims, run, "shared"), hasCode("ACCESS_DENIED"));
      await assert.rejects(claimAgain(claims, run, "shared", noIntent), hasCode("ACCESS_DENIED"));
      assert.equal(maker.made.size, 0);
    });
  }

  it("leaves nothing when a port cannot be tried", async () => {
    const maker = new MakerInMemory(() => null);
    const tryPort = (): never => {
      throw new NativeError("DESCRIPTOR_LIMIT", "no more sockets");
    };
    await assert.rejects(
      claimNew({ maker, trials: { tryPort } }, run, "shared"),
      /no more sockets/,
    );
    assert.equal(maker.made.size, 0);
  });

  it("leaves nothing when one of its single ports fails or cannot be made", async () => {
    const last = run.firstPort + 3;
    const maker = new MakerInMemory(({ firstPort }) => (firstPort === last ? networkDown : null));
    const claims = { maker, trials: bindsAnything };
    assert.deepEqual(await claimNew(claims, run, "per-lease"), networkDown);
    await assert.rejects(claimAgain(claims, run, "per-lease", noIntent), hasCode("NETWORK_DOWN"));
    assert.equal(maker.made.size, 0);
    const throwing = new MakerInMemory(({ firstPort }) => {
      if (firstPort === last) throw new NativeError("DESCRIPTOR_LIMIT", "no more sockets");
      return null;
    });
    const others = { maker: throwing, trials: bindsAnything };
    await assert.rejects(claimNew(others, run, "per-lease"), /no more sockets/);
    assert.equal(throwing.made.size, 0);
  });

  it("leaves no pieces of a run that comes back when the rest fails", async () => {
    const maker = new MakerInMemory(({ firstPort, portCount }) => {
      if (portCount === run.portCount) return inUse;
      return firstPort === run.firstPort ? null : networkDown;
    });
    const again = claimAgain({ maker, trials: bindsAnything }, run, "shared", noIntent);
    await assert.rejects(again, hasCode("NETWORK_DOWN"));
    assert.equal(maker.made.size, 0);
  });
});

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof NativeError && error.code === code;
}

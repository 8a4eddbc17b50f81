// How the reservations of a block are made and given back, with a kernel that is played: what the real one cannot be made to do.

import assert from "node:assert/strict";
import { NativeError, type PortRun } from "@portlease/native";
import {
  claimAgain,
  claimNew,
  onePortReservationsMax,
  type ReservationClaims,
} from "#native/win32/claim-reservations.js";
import type { Reservation, ReservationMaker } from "#native/win32/reservations.js";
import type { Win32Failure } from "#native/win32/win32-failure.js";

const sharingViolation = { api: "CreatePersistentTcpPortReservation", errorNumber: 32 };
const noBuffers = { api: "CreatePersistentTcpPortReservation", errorNumber: 10_055 };
const intend = (): Promise<void> => Promise.resolve();
const noLeases: ReadonlySet<number> = new Set();

/** Keeps what was made, in order; refuses runs with a taken port. */
class PlayedKernel implements ReservationMaker {
  readonly protocol = "tcp";
  readonly bindMethod = "associate";
  readonly kind: "persistent" | "runtime";
  readonly outlivesProcess: boolean;
  readonly made = new Set<Reservation>();
  readonly taken = new Set<number>();
  /** What the n-th call of make answers instead. */
  readonly failures = new Map<number, Win32Failure>();
  calls = 0;

  constructor(kind: "persistent" | "runtime" = "persistent") {
    this.kind = kind;
    this.outlivesProcess = kind === "persistent";
  }

  make(run: PortRun): Reservation | Win32Failure {
    this.calls += 1;
    const failure = this.failures.get(this.calls);
    if (failure !== undefined) return failure;
    if (portsOf(run).some((port) => this.taken.has(port))) return sharingViolation;
    const reservation = { run, token: BigInt(this.calls) };
    this.made.add(reservation);
    return reservation;
  }

  find({ firstPort, portCount }: PortRun): Reservation | null {
    const same = ({ run }: Reservation): boolean =>
      run.firstPort === firstPort && run.portCount === portCount;
    return [...this.made].find(same) ?? null;
  }

  remove: ReservationMaker["remove"] = (reservation) => {
    this.made.delete(reservation);
    return null;
  };

  runs(): readonly string[] {
    return [...this.made].map(({ run }) => `${run.firstPort}+${run.portCount}`);
  }
}

function claims(
  maker: ReservationMaker,
  tryPort: (port: number, tokenPortCount: number) => Win32Failure | null = () => null,
): ReservationClaims {
  return { maker, trials: { tryPort: (_, port, __, count) => tryPort(port, count) } };
}

const refusedInLarger = (_: number, tokenPortCount: number): Win32Failure | null =>
  tokenPortCount === 1 ? null : { api: "bind", errorNumber: 10_022 };

describe("claimNew", () => {
  it("makes one reservation, or one per port with isolation per-lease", async () => {
    const kernel = new PlayedKernel();
    await claimNew(claims(kernel), { firstPort: 100, portCount: 3 }, "shared");
    await claimNew(claims(kernel), { firstPort: 200, portCount: 2 }, "per-lease");
    assert.deepEqual(kernel.runs(), ["100+3", "200+1", "201+1"]);
  });

  it("makes one per port where no number can be bound in a larger one (semantics 16)", async () => {
    const kernel = new PlayedKernel();
    const run = { firstPort: 100, portCount: 2 };
    await claimNew(claims(kernel, refusedInLarger), run, "shared");
    assert.deepEqual(kernel.runs(), ["100+1", "101+1"]);
  });

  it("keeps one reservation when only one of the tried ports is refused", async () => {
    const kernel = new PlayedKernel();
    const bound = (port: number): Win32Failure | null =>
      port === 100 ? { api: "bind", errorNumber: 10_048 } : null;
    await claimNew(claims(kernel, bound), { firstPort: 100, portCount: 3 }, "shared");
    assert.deepEqual(kernel.runs(), ["100+3"]);
  });

  it("refuses a block that would need too many one-port reservations, and keeps nothing", async () => {
    const kernel = new PlayedKernel();
    const run = { firstPort: 100, portCount: onePortReservationsMax + 1 };
    await assert.rejects(claimNew(claims(kernel, refusedInLarger), run, "shared"), (error) => {
      assert.ok(error instanceof NativeError);
      assert.equal(error.code, "UNSUPPORTED");
      assert.match(error.message, /ports 100-2148 would need/);
      return true;
    });
    assert.deepEqual(kernel.runs(), []);
  });

  it("gives the reservation back when the trial itself fails", async () => {
    const kernel = new PlayedKernel();
    const failing = (): Win32Failure => ({
      api: "SIO_ASSOCIATE_PORT_RESERVATION",
      errorNumber: 10_055,
    });
    const run = { firstPort: 100, portCount: 3 };
    await assert.rejects(claimNew(claims(kernel, failing), run, "shared"));
    assert.deepEqual(kernel.runs(), []);
  });

  it("says why the trial failed though the reservation cannot be given back", async () => {
    const kernel = new PlayedKernel();
    const refused = { api: "DeletePersistentTcpPortReservation", errorNumber: 87 };
    kernel.remove = () => refused;
    const failing = (): Win32Failure => ({
      api: "SIO_ASSOCIATE_PORT_RESERVATION",
      errorNumber: 10_013,
    });
    const run = { firstPort: 100, portCount: 3 };
    await assert.rejects(
      claimNew(claims(kernel, failing), run, "shared"),
      hasCode("ACCESS_DENIED"),
    );
  });

  it("gives single ones back when one of them is refused, or something else fails", async () => {
    const kernel = new PlayedKernel();
    kernel.taken.add(102);
    const run = { firstPort: 100, portCount: 3 };
    assert.equal(await claimNew(claims(kernel), run, "per-lease"), sharingViolation);
    assert.deepEqual(kernel.runs(), []);
  });
});

describe("claimAgain", () => {
  const run = { firstPort: 100, portCount: 8 };

  it("takes what it finds, and intends nothing then", async () => {
    const kernel = new PlayedKernel();
    kernel.make(run);
    const never = (): Promise<void> => Promise.reject(new Error("intended"));
    const found = await claimAgain(claims(kernel), run, "shared", noLeases, never);
    assert.deepEqual(found, [...kernel.made]);
  });

  it("finds single ports, and makes the missing ones beside them", async () => {
    const kernel = new PlayedKernel();
    kernel.make({ firstPort: 103, portCount: 1 });
    const all = await claimAgain(claims(kernel), run, "shared", noLeases, intend);
    assert.equal(all.length, 8);
    assert.ok(all.every((reservation) => reservation.run.portCount === 1));
  });

  it("leaves out taken ports: persistent ones come back one by one, so that they are found again", async () => {
    const kernel = new PlayedKernel();
    kernel.taken.add(105);
    await claimAgain(claims(kernel), run, "shared", noLeases, intend);
    const singles = [100, 101, 102, 103, 104, 106, 107].map((port) => `${port}+1`);
    assert.deepEqual(kernel.runs(), singles);
  });

  it("leaves out taken ports: runtime ones come back in few pieces", async () => {
    const kernel = new PlayedKernel("runtime");
    kernel.taken.add(105);
    await claimAgain(claims(kernel), run, "shared", noLeases, intend);
    assert.deepEqual(kernel.runs(), ["100+4", "104+1", "106+2"]);
  });

  it("comes back in single ports around a taken one where no number can be bound in a larger one", async () => {
    const kernel = new PlayedKernel("runtime");
    kernel.taken.add(101);
    const short = { firstPort: 100, portCount: 4 };
    await claimAgain(claims(kernel, refusedInLarger), short, "shared", noLeases, intend);
    assert.deepEqual(kernel.runs(), ["100+1", "102+1", "103+1"]);
  });

  it("covers ports of live leases first when there are too many", async () => {
    const kernel = new PlayedKernel();
    const long = { firstPort: 1_000, portCount: onePortReservationsMax + 10 };
    const last = long.firstPort + long.portCount - 1;
    kernel.taken.add(1_000);
    const leases = new Set([last]);
    const claimed = await claimAgain(claims(kernel), long, "shared", leases, intend);
    assert.equal(kernel.calls, 1 + onePortReservationsMax);
    assert.equal(claimed[0]?.run.firstPort, last);
  });

  it("ends what ends with the process when something else fails, and leaves what outlives it", async () => {
    for (const [kind, left] of [
      ["runtime", 0],
      ["persistent", 4],
    ] as const) {
      const kernel = new PlayedKernel(kind);
      kernel.taken.add(107);
      kernel.failures.set(6, noBuffers);
      await assert.rejects(
        claimAgain(claims(kernel), run, "shared", noLeases, intend),
        (error) => error instanceof NativeError && error.code === "RESOURCES",
      );
      assert.equal(kernel.made.size, left, kind);
    }
  });
});

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof NativeError && error.code === code;
}

function portsOf({ firstPort, portCount }: PortRun): readonly number[] {
  return Array.from({ length: portCount }, (_, offset) => firstPort + offset);
}

// What one session does with a reader that does not read, and after it was ended.

import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import type {
  SessionRequest,
  SessionResponse,
} from "@portlease/proto/portlease/v1/lease_service.js";
import type { LeaseCalls } from "#server/grpc/lease-calls.js";
import { MessageBatch } from "#server/grpc/message-batch.js";
import { renewalsPerMessageMax, Session, type SessionCall } from "#server/grpc/session.js";
import { settle } from "../support/broker-fixture.js";

/** A stream as grpc-js has it: an error ends it, once what was written before has been read. */
class StalledCall extends Duplex {
  readonly cancelled = false;
  /** How many answers each write had. */
  readonly counts: number[] = [];
  #taken: (() => void)[] = [];

  constructor() {
    super({ objectMode: true });
    this.on("error", () => this.end());
  }

  override _read(): void {}

  override _write(
    written: SessionResponse | MessageBatch<SessionResponse>,
    _encoding: string,
    taken: () => void,
  ): void {
    this.counts.push(written instanceof MessageBatch ? written.messages.length : 1);
    this.#taken.push(taken);
  }

  /** As the broker sees a caller that sends. */
  send(request: NonNullable<SessionRequest["request"]>): void {
    this.push({ requestNumber: 1n, request });
  }

  /** The caller reads one answer. */
  readOne(): void {
    this.#taken.shift()?.();
  }
}

const renewal = (leaseCount: number): NonNullable<SessionRequest["request"]> => ({
  $case: "renewLeases",
  value: {
    leases: Array.from({ length: leaseCount }, () => ({
      leaseId: "a",
      holderKey: "k",
      ttl: undefined,
    })),
  },
});

describe("A session", () => {
  let call: StalledCall;
  let renewed: number;

  beforeEach(() => {
    call = new StalledCall();
    renewed = 0;
    const calls = {
      renewOne: ({ leaseId }: { leaseId: string }) => {
        renewed += 1;
        return Promise.resolve({ leaseId, reservations: [], warnings: [] });
      },
      asOfNow: (result: unknown) => result,
    } as unknown as LeaseCalls;
    const news = { want: () => false, forget: () => undefined };
    void new Session(call as unknown as SessionCall, calls, news);
  });

  it("makes no more answers for a reader that does not read, and goes on when it does", async () => {
    for (let count = 0; count < 50; count += 1) call.send(renewal(renewalsPerMessageMax));
    await settle();
    assert.ok(renewed <= 2 * renewalsPerMessageMax, `${renewed} were renewed`);
    for (let count = 0; count < 50; count += 1) {
      call.readOne();
      await settle();
    }
    assert.equal(renewed, 50 * renewalsPerMessageMax);
  });

  it("answers at once, and together what waits while its caller is being answered", async () => {
    for (let count = 0; count < 5; count += 1) call.send(renewal(1));
    await settle();
    assert.deepEqual(call.counts, [1]);
    call.readOne();
    await settle();
    assert.deepEqual(call.counts, [1, 4]);
  });

  it("tells results in the order asked, each as it is when the last of them is there", async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const ended = new Set<string>();
    const result = (leaseId: string): object => ({ leaseId, reservations: [], warnings: [] });
    const calls = {
      renewOne: ({ leaseId }: { leaseId: string }) =>
        leaseId === "waits" ? gate.then(() => result(leaseId)) : result(leaseId),
      asOfNow: ({ leaseId }: { leaseId: string }) => ({ leaseId, ended: ended.has(leaseId) }),
    } as unknown as LeaseCalls;
    const written: unknown[] = [];
    const patient = new StalledCall();
    patient._write = (message: SessionResponse) => written.push(message.response?.value);
    const news = { want: () => false, forget: () => undefined };
    void new Session(patient as unknown as SessionCall, calls, news);
    const leases = ["ends", "waits", "stays"].map((leaseId) => ({
      leaseId,
      holderKey: "k",
      ttl: undefined,
    }));
    patient.send({ $case: "renewLeases", value: { leases } });
    await settle();
    assert.deepEqual(written, []);
    ended.add("ends");
    open();
    await settle();
    const told = [
      { leaseId: "ends", ended: true },
      { leaseId: "waits", ended: false },
      { leaseId: "stays", ended: false },
    ];
    assert.deepEqual(written, [{ leases: told }]);
  });

  it("does nothing more once it was ended, also when the end cannot be told yet", async () => {
    call.send(renewal(1));
    await settle();
    assert.equal(renewed, 1);
    call.emit("error", new Error("its token is valid no more"));
    call.send(renewal(1));
    await settle();
    assert.equal(renewed, 1);
  });
});

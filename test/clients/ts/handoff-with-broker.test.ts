// The client's handoff against the broker's, over real gRPC on an imaginary host: what one sends is what the other takes.

import assert from "node:assert/strict";
import type { BindableLease, BindWish } from "#client/binding/bind-request.js";
import { LeasedBinder } from "#client/binding/leased-binder.js";
import { NativeError } from "@portlease/native";
import { type ImaginaryBroker, startImaginaryBroker } from "../../support/imaginary-broker.js";
import type { Acquired } from "../../support/lease-caller.js";
import { RpcFailure } from "../../support/rpc-failure.js";

const processId = 5_151;

describe("The client's handoff with the broker's", () => {
  let imaginary: ImaginaryBroker;
  let lease: Acquired;

  afterEach(() => imaginary.stop());

  async function start(kind: "runtime" | "persistent"): Promise<void> {
    imaginary = await startImaginaryBroker({ kind });
    imaginary.host.startProcess({ processId, processName: "service", startTime: "1" });
    await imaginary.callAs(processId);
    lease = await imaginary.caller.acquire({ portCount: 2 });
  }

  /** `elevated`: whether this process may associate its sockets with a persistent reservation. */
  function bind(wish: Partial<BindWish> = {}, elevated = true) {
    const { caller, host } = imaginary;
    const real = host.openLesseeSockets({ processId });
    const sockets: typeof real = {
      bindLeased: (request) => {
        if (elevated || request.bindMethod !== "associate") return real.bindLeased(request);
        throw new NativeError("ACCESS_DENIED", "This process is not elevated.");
      },
      openTransferred: (request) => real.openTransferred(request),
    };
    const calls = {
      transferSocket: caller.transfer.bind(caller),
      confirmTransfer: (transferId: string, holderKey: string) =>
        caller.confirm({ transferId, holderKey }),
    };
    const binder = new LeasedBinder(
      () => sockets,
      calls,
      () => undefined,
      processId,
    );
    const { leaseId, holderKey, reservations } = lease;
    const renewReservations = () => Promise.resolve();
    const bindable: BindableLease = {
      leaseId,
      holderKey,
      reservations,
      renewReservations,
      checkHeld: () => undefined,
    };
    return binder.bind(bindable, {
      protocol: "tcp",
      port: lease.port,
      addresses: ["::", "0.0.0.0"],
      ipv6Only: false,
      method: "auto",
      ...wish,
    });
  }

  it("binds every kind of address, and leaves no copy with the broker", async () => {
    await start("runtime");
    for (const wish of [
      {},
      { addresses: ["0.0.0.0"] },
      { addresses: ["127.0.0.1"] },
      { addresses: ["::1"] },
      { addresses: ["::"], ipv6Only: true },
      { port: lease.port + 1 },
    ]) {
      const socket = await bind(wish);
      assert.equal(socket.port, wish.port ?? lease.port);
      assert.equal(imaginary.transfers.openCount, 0, "it was confirmed");
      socket.close();
    }
  });

  it("is what a process gets that is not elevated, where others associate", async () => {
    await start("persistent");
    const socket = await bind({}, false);
    assert.equal(socket.port, lease.port);
    assert.equal(imaginary.transfers.openCount, 0);
  });

  it("says that the port is bound already", async () => {
    await start("runtime");
    await bind();
    await assert.rejects(
      bind(),
      (error) => error instanceof RpcFailure && error.reason === "ALREADY_BOUND",
    );
  });
});

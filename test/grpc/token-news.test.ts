// How holders learn that the reservation tokens of their ports changed, over real gRPC on an imaginary host.

import assert from "node:assert/strict";
import type { ReservationKind } from "@portlease/native";
import { BindMethod } from "@portlease/proto/portlease/v1/common.js";
import { LeaseNotice_Type } from "@portlease/proto/portlease/v1/lease_service.js";
import { type ImaginaryBroker, startImaginaryBroker } from "../support/imaginary-broker.js";
import type { Acquired } from "../support/lease-caller.js";
import { SessionCaller } from "../support/session-caller.js";

describe("News of reservation tokens", () => {
  let imaginary: ImaginaryBroker;
  let lease: Acquired;

  afterEach(() => imaginary.stop());

  async function start(kind: ReservationKind): Promise<void> {
    imaginary = await startImaginaryBroker({ kind });
    lease = await imaginary.caller.acquire();
  }

  /** The broker comes back; `between` is what happens to the host meanwhile. */
  async function restart(kind: ReservationKind, between: () => void = () => undefined) {
    await imaginary.stop();
    between();
    imaginary = await startImaginaryBroker({ kind, before: imaginary });
  }

  const tokenAtGrant = (): bigint => lease.reservations[0]?.token ?? 0n;

  /** The tokens that a renewal tells. */
  const renew = async (): Promise<readonly bigint[]> => {
    const { reservations } = await imaginary.caller.renewAnswer(lease);
    return reservations.map(({ token }) => token);
  };

  const currentToken = (): bigint =>
    imaginary.block.reservation.reservationsOf(lease.port)[0]?.token ?? 0n;

  it("comes with the grant, together with the generation and the way to bind", async () => {
    await start("persistent");
    assert.equal(tokenAtGrant(), currentToken());
    assert.notEqual(tokenAtGrant(), 0n);
    assert.equal(lease.reservations[0]?.bindMethod, BindMethod.BIND_METHOD_ASSOCIATE);
    assert.ok(lease.generation > 0n);
  });

  it("is in no renewal while nothing changes", async () => {
    await start("persistent");
    assert.deepEqual([await renew(), await renew()], [[], []]);
  });

  it("is in the first renewal after a reboot, with the new token", async () => {
    await start("persistent");
    await restart("persistent", () => imaginary.host.reboot());
    assert.notEqual(currentToken(), tokenAtGrant());
    assert.deepEqual(await renew(), [currentToken()]);
  });

  it("is in the first renewal after a restart also when the token is the same: the broker does not know what was told", async () => {
    await start("persistent");
    await restart("persistent");
    assert.equal(currentToken(), tokenAtGrant());
    assert.deepEqual(await renew(), [currentToken()]);
  });

  it("is repeated for one TTL, because an answer may be lost, and not for ever", async () => {
    await start("persistent");
    await restart("persistent", () => imaginary.host.reboot());
    const { clock } = imaginary;
    await renew();
    clock.advance(lease.ttlMs - 1);
    assert.deepEqual(await renew(), [currentToken()]);
    clock.advance(1);
    assert.deepEqual(await renew(), []);
  });

  for (const kind of ["held", "administered"] as const) {
    it(`is never there for kind ${kind}, which has no tokens`, async () => {
      await start(kind);
      assert.deepEqual(await renew(), []);
      await restart(kind);
      assert.deepEqual(await renew(), []);
      const session = new SessionCaller(imaginary.caller);
      await renewOn(session);
      tellChange();
      await imaginary.caller.release(lease);
      const notice = await session.nextNotice();
      assert.equal(notice.type, LeaseNotice_Type.TYPE_ENDED, "nothing was said before");
      session.cancel();
    });
  }

  const renewOn = (session: SessionCaller) =>
    session.tell({ $case: "renewLeases", value: { leases: [lease] } }, "renewLeases");

  function tellChange(): void {
    const { leaseId, port } = lease;
    const ports = { firstPort: port, lastPort: port };
    imaginary.publish({ type: "lease_reservation_changed", leaseId, ports, port });
  }

  it("says that a port is bound plainly while it is not covered, and the new token once it is", async () => {
    await start("runtime");
    const { leaseId, holderKey, port } = lease;
    const { protocolInfo } = await imaginary.caller.transfer({ leaseId, holderKey, processId: 5 });
    const { host } = imaginary;
    const lessee = host.openLesseeSockets({ processId: 5 });
    const socket = lessee.openTransferred({ protocol: "tcp", port, protocolInfo });
    await restart("runtime");
    assert.equal((await imaginary.caller.get(leaseId)).unprotected, true);
    assert.deepEqual(await renew(), [0n]);

    const session = new SessionCaller(imaginary.caller);
    await renewOn(session);
    socket.close();
    assert.equal(imaginary.block.reservation.coverPort(port).state, "free");
    tellChange();
    const notice = await session.nextNotice();
    assert.equal(notice.type, LeaseNotice_Type.TYPE_TOKEN_CHANGED);
    assert.deepEqual(
      notice.reservations.map(({ token }) => token),
      [currentToken()],
    );
    assert.notEqual(currentToken(), 0n);

    const { leases } = await renewOn(session);
    assert.equal(leases[0]?.reservations[0]?.token, currentToken(), "a notice may be lost");
    session.cancel();
  });

  it("is not told to a session that has nothing to do with the lease, nor of a lease that has ended", async () => {
    await start("persistent");
    const session = new SessionCaller(imaginary.caller);
    await session.tell({ $case: "ping", value: {} }, "pong");
    tellChange();
    await renewOn(session);
    await imaginary.caller.release(lease);
    tellChange();
    assert.equal((await session.nextNotice()).type, LeaseNotice_Type.TYPE_ENDED);
    const pong = await session.ask({ $case: "ping", value: {} });
    assert.equal(pong.$case, "pong");
    session.cancel();
  });
});

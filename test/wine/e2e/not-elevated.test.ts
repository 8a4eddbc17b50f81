// A broker and services without administrator rights: what falls back by itself says so, what cannot says what to do.

import assert from "node:assert/strict";
import { exitCodes } from "#cli/exit-codes.js";
import { ReservationKind } from "@portlease/proto/portlease/v1/common.js";
import type { GetBrokerResponse } from "@portlease/proto/portlease/v1/admin_service.js";
import { unary } from "../../support/lease-caller.js";
import { linesOf, logLines } from "../support/broker-log.js";
import { EndToEndLab } from "../support/end-to-end-lab.js";
import { httpServedBy } from "../support/served-by.js";
import { describeInWine } from "../support/wine-lab.js";
import { WineBroker } from "../support/wine-broker.js";

const createDenied = { api: "CreatePersistentTcpPortReservation", error: 5 } as const;
const stack = /^\s+at |\.js:\d+/m;
const withoutRights = { environment: { PORTPOOL_NOT_ELEVATED: "1" } } as const;

describeInWine("without administrator rights", function () {
  this.timeout(120_000);
  let lab: EndToEndLab;

  beforeEach(async () => {
    lab = await EndToEndLab.open();
  });
  afterEach(() => lab.close());

  function getBroker(): Promise<GetBrokerResponse> {
    const { adminClient } = lab.caller();
    return unary(adminClient.getBroker.bind(adminClient), {});
  }

  async function autoPool(size = 4) {
    return [{ name: "default", kind: "auto", start: await lab.take(size), size }] as const;
  }

  /** What a leased port is for: its service has it by handoff, nobody else has it. */
  async function assertServedByHandoff(): Promise<void> {
    const sidecar = await lab.sidecar({ elevated: false });
    const {
      ports: [port = 0],
      reservations,
    } = await sidecar.acquire();
    assert.deepEqual(
      reservations.map(({ bindMethod }) => bindMethod),
      ["handoff"],
    );
    const stranger = await lab.stranger();
    assert.equal(await stranger.listen(port), "EACCES");
    await sidecar.serve();
    assert.equal(await httpServedBy(port), sidecar.processId);
  }

  it("kind auto becomes runtime and handoff by itself, and says so", async () => {
    const broker = await lab.startBroker(await autoPool(), withoutRights);
    assert.deepEqual(
      broker.ready.blocks.map(({ kind }) => kind),
      ["runtime"],
    );
    const { elevated, autoKind, autoKindReason } = await getBroker();
    assert.equal(elevated, false);
    assert.equal(autoKind, ReservationKind.RESERVATION_KIND_RUNTIME);
    assert.match(autoKindReason, /does not run elevated.*as administrator.*LocalSystem/);
    await assertServedByHandoff();
    const [block] = broker.ready.blocks;
    const reservations = await lab.pool.reservations("runtime");
    const ofBlock = reservations.find(({ firstPort }) => firstPort === block?.firstPort);
    assert.equal(ofBlock?.portCount, 4);
  });

  it("kind auto falls back when only the call itself is refused, and says so", async () => {
    await lab.pool.fail(createDenied);
    const broker = await lab.startBroker(await autoPool());
    const { elevated, autoKind, autoKindReason } = await getBroker();
    assert.equal(elevated, true);
    assert.equal(autoKind, ReservationKind.RESERVATION_KIND_RUNTIME);
    assert.match(autoKindReason, /refused \(ERROR_ACCESS_DENIED 5\).*runtime reservations/);
    const warning = logLines(broker).find(({ message }) => message === "kind auto falls back");
    assert.equal(warning?.level, "warn");
    assert.equal(warning["kind"], "runtime");
    await assertServedByHandoff();
    assert.deepEqual(await lab.pool.reservations("persistent"), []);
  });

  it("kind auto falls back for what is reserved later, too", async () => {
    const [pool] = await autoPool(2);
    const broker = await lab.startBroker([pool]);
    assert.equal(broker.ready.blocks[0]?.kind, "persistent");
    await lab.pool.fail(createDenied);
    const { adminClient } = lab.caller();
    const { block } = await unary(adminClient.reserveBlock.bind(adminClient), {
      pool: "default",
      firstPort: await lab.take(2),
      portCount: 2,
      validateOnly: false,
    });
    assert.equal(block?.kind, ReservationKind.RESERVATION_KIND_RUNTIME);
    assert.equal((await getBroker()).autoKind, ReservationKind.RESERVATION_KIND_RUNTIME);
  });

  it("another kind does not start, and the log says what to do", async () => {
    const start = await lab.take(4);
    const pool = { name: "default", kind: "administered", start, size: 4 } as const;
    const { exitCode, stdout, stderr } = await WineBroker.failToStart(
      lab.configure([pool], withoutRights),
    );
    assert.equal(exitCode, exitCodes.failure);
    assert.equal(stdout, "");
    const errors = linesOf(stderr).filter(({ level }) => level === "error");
    assert.equal(errors.length, 1, stderr);
    const [{ message, reason } = { message: "", reason: "" }] = errors;
    assert.equal(message, "the broker could not start");
    assert.match(String(reason), /kind administered need an elevated process/);
    assert.match(String(reason), /as administrator.*LocalSystem.*kind runtime/);
    assert.doesNotMatch(stderr, stack);
  });

  it("another kind does not start, and a person reads one line of why", async () => {
    const pool = {
      name: "default",
      kind: "persistent",
      start: await lab.take(4),
      size: 4,
    } as const;
    const flags = ["--log-format", "text"];
    const { exitCode, stderr } = await WineBroker.failToStart(
      lab.configure([pool], { ...withoutRights, flags }),
    );
    assert.equal(exitCode, exitCodes.failure);
    const lines = stderr.trimEnd().split(/\r?\n/);
    const told = lines.filter((line) => line.startsWith("portlease: "));
    assert.equal(told.length, 1, stderr);
    assert.match(
      told[0] ?? "",
      /kind persistent need an elevated process.*Run it as administrator/,
    );
    assert.doesNotMatch(stderr, stack);
    assert.deepEqual((await lab.pool.state()).reservations, []);
  });

  it("a service is handed the socket that it may not bind, and is told so where it wants no handoff", async () => {
    const start = await lab.take(4);
    await lab.startBroker([{ name: "default", kind: "persistent", start, size: 4 }]);
    const sidecar = await lab.sidecar({ elevated: false });
    const { ports, reservations } = await sidecar.acquire();
    const [port = 0] = ports;
    assert.equal(reservations[0]?.bindMethod, "associate");

    const refused = await sidecar.failToServe({ bindMethod: "associate" });
    assert.equal(refused.reason, "BIND_FAILED");
    assert.equal(refused.causeReason, "ACCESS_DENIED");
    assert.equal(refused.errorNumber, 10_013);
    assert.match(refused.message, /SIO_ASSOCIATE_PORT_RESERVATION.*WSAEACCES \(10013\)/);
    assert.match(refused.message, /as administrator.*handoff/);
    assert.equal(await httpServedBy(port), null);

    await sidecar.serve();
    assert.equal(await httpServedBy(port), sidecar.processId);
  });
});

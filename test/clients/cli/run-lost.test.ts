// `portlease run` when the broker takes a lease back: what becomes of the program. The broker is a fake one, which does so at the
// moment of the test; the program is real, and binds by number, so that this is the same on every system.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { Status } from "@portlease/proto/google/rpc/status.js";
import { BindMethod } from "@portlease/proto/portlease/v1/common.js";
import { LeaseEndReason } from "@portlease/proto/portlease/v1/lease.js";
import { LeaseNotice_Type } from "@portlease/proto/portlease/v1/lease_service.js";
import type { ChildLauncher } from "#cli/run/child-launcher.js";
import type { HandoverWay } from "#cli/run/handover.js";
import type { LossAction } from "#cli/run/loss-watch.js";
import { runLeased } from "#cli/run/run-leased.js";
import { namedWish } from "#cli/run/named-wish.js";
import { numberWay } from "#cli/run/number-handover.js";
import type { RestartPolicy } from "#cli/run/restart-policy.js";
import { windowsLauncher } from "#cli/run/windows-launcher.js";
import { plainDisplay } from "#cli/terminal/display.js";
import { eventually } from "../../support/eventually.js";
import { FakeLeaseService } from "../ts/support/fake-lease-service.js";

/** The program is this Node, which has no .exe on other systems. */
const launcher: ChildLauncher = { ...windowsLauncher, find: (name) => name };

/** Notes its ports at each start, and runs until a file says otherwise. */
const program = `
const { appendFileSync, existsSync } = require("fs");
const { FOLDER, PORTLEASE_PORTS } = process.env;
appendFileSync(FOLDER + "/starts", PORTLEASE_PORTS + "\\n");
setInterval(() => existsSync(FOLDER + "/end") && process.exit(7), 10);
`;

const unavailable = Status.fromPartial({ code: status.UNAVAILABLE, message: "not yet" });

describe("portlease run, when a lease is lost", function () {
  this.timeout(120_000);
  let service: FakeLeaseService;
  let folder: string;
  let notes: string[];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "portlease-run-"));
    service = await new FakeLeaseService([20_001, 20_002, 20_003, 20_004]).start();
    service.bindMethod = BindMethod.BIND_METHOD_PLAIN;
    notes = [];
  });
  afterEach(() => {
    service.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const starts = (): readonly string[] => {
    const file = join(folder, "starts");
    // What follows the last line end is a line that is being written.
    return existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
  };
  const started = (count: number) => eventually(`${count} starts`, () => starts().length >= count);
  const letEnd = () => writeFileSync(join(folder, "end"), "");
  const none = () => assert.fail("stdout is the program's");

  function run(
    onLost: LossAction,
    names: readonly string[],
    restart: RestartPolicy = "no",
    on: ChildLauncher = launcher,
  ) {
    const lease = names.reduce<readonly { readonly name: string }[]>(
      (before, name) => namedWish(name, before),
      [],
    );
    return runLeased(
      { name: process.execPath, args: ["-e", program] },
      {
        count: 1,
        ...(names.length === 0 ? {} : { lease }),
        handover: on === launcher ? "port" : "sockets",
        restart,
        onLost,
        env: [{ name: "FOLDER", template: folder }],
        waitBroker: 10_000,
        address: service.address,
      },
      on,
      {
        line: none,
        json: none,
        compactJson: none,
        text: none,
        note: (text) => notes.push(text),
        display: () => plainDisplay,
      },
    );
  }

  async function takeBack(leaseId: string): Promise<void> {
    // Only then do news reach it.
    await eventually("a renewal", () => service.renewals.some((each) => each.leaseId === leaseId));
    service.tell({
      $case: "leaseNotice",
      value: {
        leaseId,
        type: LeaseNotice_Type.TYPE_ENDED,
        endReason: LeaseEndReason.LEASE_END_REASON_REVOKED,
        reservations: [],
        message: "an operator took it back",
      },
    });
  }

  it("starts it anew with new leases (--on-lost restart), and gives the others back before", async () => {
    const exit = run("restart", ["http", "admin"]);
    await started(1);
    await takeBack("lease-2");
    await started(2);
    assert.deepEqual(starts(), ["20001,20002", "20003,20004"]);
    assert.deepEqual(
      service.releases.map(({ leaseId }) => leaseId),
      ["lease-1"],
    );
    assert.match(notes.join("\n"), /LEASE LOST: .*; ending the program \(--on-lost restart\)/);
    letEnd();
    assert.equal(await exit, 7);
    assert.equal(service.acquires.length, 4);
    assert.equal(service.releases.length, 3);
  });

  it("ends it, and does not start it again whatever --restart says (--on-lost exit)", async () => {
    const exit = run("exit", [], "always");
    await started(1);
    await takeBack("lease-1");
    assert.equal(await exit, 125);
    assert.equal(starts().length, 1);
    assert.equal(service.acquires.length, 1);
  });

  it("does not start it anew when it was asked to end as well", async () => {
    const exit = run("restart", [], "always");
    await started(1);
    // As Windows does when the console closes; it reaches the program by itself.
    process.emit("SIGHUP", "SIGHUP");
    await takeBack("lease-1");
    assert.equal(await exit, 128 + 15);
    assert.equal(service.acquires.length, 1);
  });

  it("starts nothing on a lease that was lost while it waited for another one", async () => {
    let isLost = false;
    service.onAcquire = (request) =>
      service.acquires.length > 1 && !isLost ? unavailable : service.grant(request);
    const exit = run("ignore", ["http", "admin"]);
    await eventually("the second acquire", () => service.acquires.length > 1);
    await takeBack("lease-1");
    await eventually("the loss", () => notes.some((text) => text.includes("a lease is lost")));
    isLost = true;
    await started(1);
    assert.deepEqual(starts(), ["20003,20004"]);
    letEnd();
    assert.equal(await exit, 7);
  });

  it("starts it with new leases when its sockets could not be opened because of it (--on-lost restart)", async () => {
    let opened = 0;
    const socketWay: HandoverWay = {
      ...numberWay,
      name: "sockets",
      open: async (ports, options) => {
        opened += 1;
        if (opened > 1) return numberWay.open(ports, options);
        await takeBack("lease-1");
        await eventually("the note", () => notes.some((text) => text.startsWith("LEASE LOST: ")));
        throw new Error("the lease is lost");
      },
    };
    const exit = run("restart", [], "no", { ...launcher, socketWay });
    await started(1);
    assert.deepEqual(starts(), ["20002"]);
    letEnd();
    assert.equal(await exit, 7);
  });

  it("does not start it again on a number that nothing keeps for it (--on-lost ignore)", async () => {
    const exit = run("ignore", [], "on-failure");
    await started(1);
    await takeBack("lease-1");
    await eventually("the note", () => notes.some((text) => text.startsWith("LEASE LOST: ")));
    letEnd();
    await started(2);
    assert.deepEqual(starts().slice(0, 2), ["20001", "20002"]);
    process.emit("SIGHUP", "SIGHUP");
    // It runs at that moment, or waits for its next start.
    assert.ok([7, 128 + 1].includes(await exit));
  });

  it("lets it go on (--on-lost ignore), and says so", async () => {
    const exit = run("ignore", []);
    await started(1);
    await takeBack("lease-1");
    await eventually("the note", () => notes.some((text) => text.startsWith("LEASE LOST: ")));
    letEnd();
    assert.equal(await exit, 7);
    assert.match(notes.join("\n"), /the program goes on with port 20001/);
  });
});

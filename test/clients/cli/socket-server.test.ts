// The socket server of Windows as far as it is the same everywhere: who gets the bytes, and who gets nothing.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { buffer } from "node:stream/consumers";
import type { BoundSocket } from "@portlease/native";
import type { Handover, LeasedPort } from "#cli/run/handover.js";
import { socketServerWayOn, type SocketServerHost } from "#cli/run/socket-server-handover.js";
import { eventually } from "../../support/eventually.js";
import { FakeTime } from "../ts/support/fake-time.js";

const childId = 4_711;
const grandchildId = 4_712;

describe("the socket server of portlease run", () => {
  let handover: Handover;
  let notes: string[];
  let calls: string[];
  let clock: FakeTime;

  const socketOf = (port: number): BoundSocket => ({
    descriptor: port,
    port,
    prepareListen: () => undefined,
    listen: () => void calls.push(`listen ${port}`),
    detach: () => undefined,
    close: () => void calls.push(`close ${port}`),
  });

  const host: SocketServerHost = {
    duplicator: {
      duplicate: ({ port }, processId) => Buffer.alloc(628, `${port} for ${processId}.`),
    },
    isDescendant: (processId, ancestorId) => processId === grandchildId && ancestorId === childId,
  };

  async function open(ports: readonly number[], on = host): Promise<void> {
    const leased = ports.map<LeasedPort>((port) => ({
      name: null,
      port,
      protocol: "tcp",
      lease: {
        leaseId: `lease-${port}`,
        ports: [port],
        reservations: [],
        openSocket: () => Promise.resolve(socketOf(port)),
        listen: () => assert.fail("the program listens"),
      },
    }));
    const note = (text: string): void => void notes.push(text);
    const options = { address: null, restarts: false, note };
    handover = await socketServerWayOn(() => on, clock).open(leased, options);
  }

  beforeEach(() => {
    notes = [];
    calls = [];
    clock = new FakeTime();
  });
  afterEach(() => handover.close());

  /** What the client of the protocol does: says its request, ends its half, and reads until the end. */
  async function ask(address: string, request: string): Promise<Buffer> {
    const socket = connect(Number(address.split(":")[1]), "127.0.0.1");
    await once(socket, "connect");
    socket.end(request);
    try {
      return await buffer(socket);
    } catch (error) {
      // A request that is too long may be refused while it is still being sent.
      assert.equal((error as NodeJS.ErrnoException).code, "ECONNRESET");
      return Buffer.alloc(0);
    }
  }

  async function access(): Promise<{ readonly address: string; readonly secret: string }> {
    const { environment, descriptors } = await handover.prepare();
    assert.deepEqual(descriptors, []);
    const { SYSTEMFD_SOCKET_SERVER: address = "", SYSTEMFD_SOCKET_SECRET: secret = "" } =
      environment;
    assert.match(address, /^127\.0\.0\.1:\d+$/);
    assert.match(secret, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    return { address, secret };
  }

  it("gives the program 628 bytes for each socket, in order, as often as it asks", async () => {
    await open([20_002, 20_001]);
    const { address, secret } = await access();
    handover.started(childId);
    for (let time = 0; time < 2; time += 1) {
      const bytes = await ask(address, `${secret}|${childId}`);
      assert.equal(bytes.length, 2 * 628);
      assert.match(bytes.subarray(0, 628).toString(), /^20002 for 4711\./);
      assert.match(bytes.subarray(628).toString(), /^20001 for 4711\./);
    }
    assert.deepEqual([notes, calls], [[], ["listen 20002", "listen 20001"]]);
    handover.ended();
    await handover.close();
    assert.deepEqual(calls.slice(2), ["close 20002", "close 20001"]);
  });

  it("gives them to a program that the program started", async () => {
    await open([20_001]);
    const { address, secret } = await access();
    handover.started(childId);
    assert.match(String(await ask(address, `${secret}|${grandchildId}`)), /^20001 for 4712\./);
  });

  const wrong: readonly (readonly [string, (secret: string) => string, RegExp])[] = [
    [
      "a wrong secret",
      (secret) => `${secret.replace(/.$/, "x")}|${childId}`,
      /its secret is wrong/,
    ],
    ["no secret", () => `|${childId}`, /its secret is wrong/],
    ["a process that is not the program", (secret) => `${secret}|${childId + 5}`, /process 4716/],
    ["no process id", (secret) => secret, /not of the listenfd protocol/],
    ["a process id that is no number", (secret) => `${secret}|-1`, /not of the listenfd/],
    ["a request that is too long", (secret) => `${secret}|${"1".repeat(99)}`, /too long/],
    ["an empty request", () => "", /not of the listenfd protocol/],
  ];
  for (const [what, request, said] of wrong) {
    it(`gives nothing for ${what}, and says so without the secret`, async () => {
      await open([20_001]);
      const { address, secret } = await access();
      handover.started(childId);
      assert.equal((await ask(address, request(secret))).length, 0);
      assert.equal(notes.length, 1, notes.join("\n"));
      assert.match(notes[0] ?? "", said);
      assert.ok(!(notes[0] ?? "").includes(secret));
      // It still serves the program.
      assert.equal((await ask(address, `${secret}|${childId}`)).length, 628);
    });
  }

  it("makes a new secret for each start: one that ended cannot take the sockets of the next", async () => {
    await open([20_001]);
    const first = await access();
    handover.started(childId);
    await ask(first.address, `${first.secret}|${childId}`);
    handover.ended();
    assert.equal((await ask(first.address, `${first.secret}|${childId}`)).length, 0);
    const second = await access();
    handover.started(childId);
    assert.equal(second.address, first.address);
    assert.equal((await ask(first.address, `${first.secret}|${childId}`)).length, 0);
    assert.equal((await ask(second.address, `${second.secret}|${childId}`)).length, 628);
  });

  it("says so when the system refuses to duplicate, and when nobody asked", async () => {
    const refuse = (): never => {
      throw new Error("WSAEINVAL");
    };
    await open([20_001], { ...host, duplicator: { duplicate: refuse } });
    const { address, secret } = await access();
    handover.started(childId);
    assert.equal((await ask(address, `${secret}|${childId}`)).length, 0);
    handover.ended();
    assert.match(notes.join("\n"), /process 4711: WSAEINVAL\n.*never asked for its sockets/);
  });

  it("does not wait longer for somebody who says a bit from time to time", async () => {
    await open([20_001]);
    const { address } = await access();
    const slow = connect(Number(address.split(":")[1]), "127.0.0.1");
    await once(slow, "connect");
    slow.write("a");
    await eventually("it is waited for", () => clock.waitingCount === 1);
    clock.advance(4_999);
    assert.deepEqual(notes, []);
    clock.advance(1);
    // With a reset where its word was not read yet.
    slow.on("error", () => undefined);
    await new Promise((resolve) => slow.resume().once("close", resolve));
    assert.match(notes.join("\n"), /did not finish its request/);
    await eventually("no timer is left", () => clock.waitingCount === 0);
  });

  it("closes while somebody is connected who says nothing", async () => {
    await open([20_001]);
    const { address } = await access();
    const silent = connect(Number(address.split(":")[1]), "127.0.0.1");
    await once(silent, "connect");
    const closed = once(silent, "close");
    await handover.close();
    await closed;
  });
});

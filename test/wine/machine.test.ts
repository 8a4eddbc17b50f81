// The emulated machine as a whole: what a restart does, what an exclusion does, where the system's own picks go, and faults.

import assert from "node:assert/strict";
import type { PoolCaller } from "./support/pool-caller.js";
import { PoolLab } from "./support/pool-lab.js";
import { describeInWine } from "./support/wine-lab.js";

/** winerror.h and winsock2.h */
const [sharingViolation, notFound, inUse] = [32, 1168, 10048];

describeInWine("the machine of the Wine lab", () => {
  let lab: PoolLab;
  let caller: PoolCaller;
  let stranger: PoolCaller;

  before(async () => {
    lab = await PoolLab.open();
    [caller, stranger] = await Promise.all([lab.caller(), lab.caller()]);
  });

  afterEach(() => lab.pool.reset());

  after(() => lab.close());

  it("keeps persistent reservations when every process has ended", async () => {
    const port = await lab.take(1);
    const maker = await lab.caller();
    const { token } = await maker.create("tcp", port, 1);
    await maker.stop();
    assert.deepEqual(await stranger.lookup("tcp", port, 1), { error: 0, token });
  });

  it("gives persistent reservations new tokens at a restart, and ends the others", async () => {
    const port = await lab.take(2);
    const { token } = await caller.create("tcp", port, 1);
    await caller.acquire(await caller.socket(), port + 1, 1);
    await lab.pool.reboot();
    const found = await caller.lookup("tcp", port, 1);
    assert.equal(found.error, 0);
    assert.notEqual(found.token, token);
    assert.equal(await stranger.listen(port), "EACCES");
    assert.equal(await stranger.listen(port + 1), "OK");
  });

  it("may keep the tokens at a restart, which is a guess", async () => {
    const port = await lab.take(1);
    await lab.pool.guess("tokens-kept-at-reboot", 1);
    const { token } = await caller.create("tcp", port, 1);
    await lab.pool.reboot();
    assert.deepEqual(await caller.lookup("tcp", port, 1), { error: 0, token });
  });

  it("lets anybody bind an excluded port by its number, and nobody reserve it", async () => {
    const port = await lab.take(2);
    await lab.pool.exclude("tcp", port, 2);
    assert.equal(await stranger.listen(port), "OK");
    assert.equal((await caller.create("tcp", port + 1, 1)).error, sharingViolation);
    assert.equal((await caller.acquire(await caller.socket(), port, 1)).error, inUse);
    assert.equal((await caller.lookup("tcp", port, 2)).error, notFound);
  });

  it("picks ports for everybody from the dynamic range, outside of all reservations", async () => {
    const first = await lab.take(6);
    await lab.pool.setDynamicRange(first, 6);
    await lab.pool.exclude("tcp", first, 2);
    await lab.pool.reserve("tcp", first + 3, 3);
    const picked = await stranger.ask({
      do: "listen",
      protocol: "tcp",
      address: "127.0.0.1",
      port: 0,
    });
    assert.equal(picked.port, first + 2);
  });

  it("names the process that bound a socket as its owner, also after it was handed over", async () => {
    for (const protocol of ["tcp", "udp"] as const) {
      const port = await lab.take(1);
      const socket = await caller.socket(protocol);
      await caller.bind(socket, port);
      const { processId } = stranger;
      const { output = "" } = await caller.ask({ do: "duplicate", socket, processId });
      const opened = await stranger.ask({ do: "openDuplicate", info: output });
      await caller.close(socket);
      // What is bound without listening is in no table of TCP.
      if (protocol === "tcp") await stranger.ask({ do: "serve", socket: opened.socket ?? 0 });
      const { owners } = await stranger.ask({ do: "owners", protocol, port });
      assert.deepEqual(owners, [caller.processId]);
    }
  });

  it("names no owner when told so, nor one that has ended", async () => {
    const port = await lab.take(1);
    const doomed = await lab.caller();
    const socket = await doomed.socket();
    await doomed.bind(socket, port);
    const { processId } = caller;
    const { output = "" } = await doomed.ask({ do: "duplicate", socket, processId });
    const opened = await caller.ask({ do: "openDuplicate", info: output });
    await caller.ask({ do: "serve", socket: opened.socket ?? 0 });
    const ask = async (): Promise<readonly number[] | undefined> =>
      (await stranger.ask({ do: "owners", protocol: "tcp", port })).owners;
    assert.deepEqual(await ask(), [doomed.processId]);
    await lab.pool.guess("table-names-owner", 0);
    assert.deepEqual(await ask(), [0]);
    await lab.pool.guess("table-names-owner", 1);
    await doomed.kill();
    assert.deepEqual(await ask(), [0]);
  });

  it("tells two machines apart", async () => {
    const other = await PoolLab.open();
    try {
      const port = await lab.take(1);
      await caller.create("tcp", port, 1);
      const elsewhere = await other.caller();
      assert.equal(await elsewhere.listen(port), "OK");
    } finally {
      await other.close();
    }
  });

  for (const [api, call] of [
    ["CreatePersistentTcpPortReservation", async () => (await caller.create("tcp", 9, 1)).error],
    ["CreatePersistentUdpPortReservation", async () => (await caller.create("udp", 9, 1)).error],
    ["DeletePersistentTcpPortReservation", async () => (await caller.delete("tcp", 9, 1)).error],
    ["DeletePersistentUdpPortReservation", async () => (await caller.delete("udp", 9, 1)).error],
    ["LookupPersistentTcpPortReservation", async () => (await caller.lookup("tcp", 9, 1)).error],
    ["LookupPersistentUdpPortReservation", async () => (await caller.lookup("udp", 9, 1)).error],
    [
      "SIO_ACQUIRE_PORT_RESERVATION",
      async () => (await caller.acquire(await caller.socket(), 9, 1)).error,
    ],
    ["SIO_RELEASE_PORT_RESERVATION", async () => caller.release(await caller.socket(), "1")],
    ["SIO_ASSOCIATE_PORT_RESERVATION", async () => caller.associate(await caller.socket(), "1")],
    ["bind", async () => (await caller.bind(await caller.socket(), 0)).error],
    [
      "WSADuplicateSocketW",
      async () => {
        const socket = await caller.socket();
        return (await caller.ask({ do: "duplicate", socket, processId: 1 })).error;
      },
    ],
    [
      "WSASocketW",
      async () => (await caller.ask({ do: "open", protocol: "tcp", family: 4 })).error,
    ],
  ] as const satisfies readonly (readonly [string, () => Promise<number>])[]) {
    it(`lets ${api} fail with any error, as often as told`, async () => {
      for (const error of [5, 10045]) {
        await lab.pool.fail({ api, error, times: 1 });
        assert.equal(await call(), error);
        assert.notEqual(await call(), error);
      }
    });
  }

  it("lets calls fail for one port only, after some that succeed, or always", async () => {
    const port = await lab.take(3);
    const api = "CreatePersistentTcpPortReservation";
    await lab.pool.fail({ api, error: 1450, port: port + 1 });
    assert.equal((await caller.create("tcp", port, 1)).error, 0);
    assert.equal((await caller.create("tcp", port + 1, 1)).error, 1450);
    assert.equal((await caller.create("tcp", port + 1, 1)).error, 1450);
    await lab.pool.clearFaults();
    await lab.pool.fail({ api, error: 8, skip: 1 });
    assert.equal((await caller.create("tcp", port + 1, 1)).error, 0);
    assert.equal((await caller.create("tcp", port + 2, 1)).error, 8);
  });

  it("lets the calls of one process fail from its start", async () => {
    const environment = { PORTPOOL_FAULTS: "LookupPersistentTcpPortReservation=5*1" };
    const failing = await lab.caller({ environment });
    assert.equal((await stranger.lookup("tcp", 9, 1)).error, notFound);
    assert.equal((await failing.lookup("tcp", 9, 1)).error, 5);
    assert.equal((await failing.lookup("tcp", 9, 1)).error, notFound);
  });

  it("does not start a program whose switches it does not understand", async () => {
    for (const [name, value] of [
      ["PORTPOOL_GUESSES", "bind-outside=1"],
      ["PORTPOOL_FAULTS", "bind"],
    ] as const) {
      const start = lab.caller({ environment: { [name]: value } });
      await assert.rejects(start, new RegExp(`${name} is not understood: ${value}`));
    }
  });
});

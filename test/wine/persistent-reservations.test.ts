// The emulated Create, Delete and Lookup, called as their documentation shows: the lab answers what Microsoft's pages say.
// https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-createpersistenttcpportreservation and its siblings.

import assert from "node:assert/strict";
import type { PoolCaller } from "./support/pool-caller.js";
import { PoolLab } from "./support/pool-lab.js";
import { describeInWine } from "./support/wine-lab.js";

/** winerror.h */
const [accessDenied, sharingViolation, invalidParameter, notFound] = [5, 32, 87, 1168];

describeInWine("persistent reservations of the Wine lab", () => {
  let lab: PoolLab;
  let caller: PoolCaller;
  let stranger: PoolCaller;

  before(async () => {
    lab = await PoolLab.open();
    [caller, stranger] = await Promise.all([lab.caller(), lab.caller()]);
  });

  after(() => lab.close());

  for (const protocol of ["tcp", "udp"] as const) {
    describe(protocol, () => {
      it("are created with a token that Lookup gives again, and Delete takes them away", async () => {
        const firstPort = await lab.take(10);
        const created = await caller.create(protocol, firstPort, 10);
        assert.equal(created.error, 0);
        assert.ok(BigInt(created.token ?? "0") > 0n);
        const found = await stranger.lookup(protocol, firstPort, 10);
        assert.deepEqual(found, { error: 0, token: created.token });
        assert.equal((await stranger.delete(protocol, firstPort, 10)).error, 0);
        assert.equal((await caller.lookup(protocol, firstPort, 10)).error, notFound);
      });

      it("are found only by exactly the run they were made with", async () => {
        const firstPort = await lab.take(10);
        await caller.create(protocol, firstPort, 10);
        assert.equal((await caller.lookup(protocol, firstPort, 9)).error, notFound);
        assert.equal((await caller.lookup(protocol, firstPort + 1, 9)).error, notFound);
        assert.equal((await caller.delete(protocol, firstPort, 9)).error, notFound);
        assert.equal((await caller.delete(protocol, firstPort, 10)).error, 0);
      });

      it("refuse runs that do not exist", async () => {
        for (const [firstPort, portCount] of [
          [0, 1],
          [20_000, 0],
          [65_535, 2],
        ] as const) {
          for (const verb of ["create", "delete", "lookup"] as const) {
            const { error } = await caller[verb](protocol, firstPort, portCount);
            assert.equal(error, invalidParameter, `${verb} ${firstPort} ${portCount}`);
          }
        }
      });

      it("refuse a run that overlaps another, also by one port", async () => {
        const firstPort = await lab.take(10);
        await caller.create(protocol, firstPort + 5, 5);
        assert.equal((await caller.create(protocol, firstPort, 6)).error, sharingViolation);
        assert.equal((await caller.create(protocol, firstPort, 5)).error, 0);
      });

      it("refuse a run in which a socket is bound, whether it listens or not", async () => {
        const firstPort = await lab.take(3);
        const socket = await stranger.socket(protocol);
        assert.equal((await stranger.bind(socket, firstPort + 1)).error, 0);
        assert.equal((await caller.create(protocol, firstPort, 3)).error, sharingViolation);
        await stranger.close(socket);
        assert.equal((await caller.create(protocol, firstPort, 3)).error, 0);
      });

      it("are refused to a socket of any address that is not associated", async () => {
        const firstPort = await lab.take(3);
        await caller.create(protocol, firstPort, 2);
        for (const address of ["127.0.0.1", "0.0.0.0", "::1", "::"]) {
          const options = { protocol, address };
          assert.equal(await stranger.listen(firstPort + 1, options), "EACCES", address);
          assert.equal(await caller.listen(firstPort + 1, options), "EACCES", address);
          assert.equal(await stranger.listen(firstPort + 2, options), "OK", address);
        }
      });
    });
  }

  it("leave the ports of the other protocol alone", async () => {
    const port = await lab.take(1);
    await caller.create("tcp", port, 1);
    assert.equal(await stranger.listen(port, { protocol: "udp" }), "OK");
    assert.equal((await caller.create("udp", port, 1)).error, 0);
  });

  it("can be looked up, but neither made nor deleted, without elevation", async () => {
    const port = await lab.take(2);
    const { token } = await caller.create("tcp", port, 1);
    const limited = await lab.caller({ environment: { PORTPOOL_NOT_ELEVATED: "1" } });
    assert.equal((await limited.create("tcp", port + 1, 1)).error, accessDenied);
    assert.equal((await limited.delete("tcp", port, 1)).error, accessDenied);
    assert.deepEqual(await limited.lookup("tcp", port, 1), { error: 0, token });
    assert.equal((await limited.ask({ do: "elevation" })).elevated, false);
    assert.equal((await caller.ask({ do: "elevation" })).elevated, true);
  });

  it("go to exactly one of several processes that want the same port", async () => {
    const firstPort = await lab.take(60);
    const racers = await Promise.all([lab.caller(), lab.caller()]);
    const all = [caller, stranger, ...racers];
    const counts = await Promise.all(
      all.map(async (each) => {
        return (await each.ask({ do: "race", firstPort, portCount: 60 })).count ?? 0;
      }),
    );
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      60,
    );
    const made = await lab.pool.reservations("persistent");
    const run = made.filter(
      (each) => each.firstPort >= firstPort && each.firstPort < firstPort + 60,
    );
    assert.equal(new Set(run.map((each) => each.firstPort)).size, 60);
    assert.equal(new Set(run.map((each) => each.token)).size, 60);
  });

  it("have full 64-bit tokens, so that a caller that keeps them as numbers fails", async () => {
    const tokens = (await lab.pool.reservations("persistent")).map((each) => BigInt(each.token));
    assert.ok(tokens.some((token) => token > BigInt(Number.MAX_SAFE_INTEGER)));
  });
});

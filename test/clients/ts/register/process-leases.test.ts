// Who uses the leases of a process, and when they are given back.

import assert from "node:assert/strict";
import { overlap } from "#client/register/addresses.js";
import { ProcessLeases, type UsedLease } from "#client/register/process-leases.js";

const everywhere = { address: "::", ipv6Only: false };
const v4 = { address: "127.0.0.1", ipv6Only: false };
const v6 = { address: "::1", ipv6Only: false };
const { signal } = new AbortController();

describe("The leases of a process", () => {
  let released: number[];
  let asked: (number | null)[];
  let said: string[];
  let leases: ProcessLeases;
  let fails: boolean;

  beforeEach(() => {
    released = [];
    asked = [];
    said = [];
    fails = false;
    leases = new ProcessLeases(
      ({ port }) => {
        asked.push(port);
        return fails ? Promise.reject(new Error("no")) : Promise.resolve(lease(port ?? 20_000));
      },
      (message) => said.push(message),
    );
  });

  function lease(port: number): UsedLease {
    return {
      port,
      listen: () => Promise.resolve(),
      bind: () => Promise.resolve(),
      release: () => {
        released.push(port);
        return fails ? Promise.reject(new Error("no broker")) : Promise.resolve();
      },
    };
  }

  const use = (port: number | null) => leases.use({ protocol: "tcp", service: null, port }, signal);

  it("are given back when the last of their users leaves, once", async () => {
    const first = await use(null);
    assert.ok(leases.has("tcp", 20_000));
    assert.ok(!leases.has("udp", 20_000));
    const second = await use(20_000);
    first.leave();
    first.leave();
    assert.deepEqual(released, []);
    second.leave();
    assert.deepEqual(released, [20_000]);
    assert.ok(!leases.has("tcp", 20_000));
    assert.deepEqual(asked, [null]);
  });

  it("are asked for once, where a second listen comes before the answer to the first", async () => {
    const both = await Promise.all([use(8_080), use(8_080)]);
    assert.deepEqual(asked, [8_080]);
    for (const one of both) one.leave();
    assert.deepEqual(released, [8_080]);
  });

  it("are forgotten when they cannot be had", async () => {
    fails = true;
    await assert.rejects(use(8_080));
    assert.ok(!leases.has("tcp", 8_080));
    fails = false;
    await use(8_080);
    assert.deepEqual(asked, [8_080, 8_080]);
  });

  it("are asked for again by those who still want them, when the first who asked gives up", async () => {
    const first = new AbortController();
    const given: AbortSignal[] = [];
    const shared = new ProcessLeases(
      ({ port }, wanted) => {
        given.push(wanted);
        if (wanted !== first.signal) return Promise.resolve(lease(port ?? 0));
        return new Promise((_resolve, reject) =>
          wanted.addEventListener("abort", () => reject(new Error("aborted"))),
        );
      },
      (message) => said.push(message),
    );
    const request = { protocol: "tcp", service: null, port: 8_080 } as const;
    const gaveUp = assert.rejects(shared.use(request, first.signal), /aborted/);
    const others = [shared.use(request, signal), shared.use(request, signal)];
    await Promise.resolve();
    first.abort();
    await gaveUp;
    assert.deepEqual(
      (await Promise.all(others)).map((one) => one.lease.port),
      [8_080, 8_080],
    );
    assert.deepEqual(given, [first.signal, signal]);
  });

  it("let no two users bind what overlaps: the kernel would split the connections", async () => {
    const [first, second, third] = [await use(null), await use(20_000), await use(20_000)];
    first.claim(v4);
    second.claim(v6);
    assert.throws(() => third.claim(everywhere), { reason: "ALREADY_BOUND" });
    assert.throws(() => third.claim(v4), { reason: "ALREADY_BOUND" });
    first.leave();
    third.claim(v4);
  });

  it("are told of when they cannot be given back", async () => {
    const only = await use(null);
    fails = true;
    only.leave();
    await Promise.resolve();
    await Promise.resolve();
    assert.match(said.join(), /port 20000 could not be given back .*no broker/);
  });
});

describe("Two addresses on one port", () => {
  it("overlap when one socket would get what is sent to the other", () => {
    const all4 = { address: "0.0.0.0", ipv6Only: false };
    const only6 = { address: "::", ipv6Only: true };
    for (const [one, other, expected] of [
      [v4, v4, true],
      [v4, v6, false],
      [everywhere, v4, true],
      [everywhere, v6, true],
      [everywhere, all4, true],
      [only6, all4, false],
      [only6, v6, true],
      [all4, v6, false],
      [all4, v4, true],
    ] as const) {
      assert.equal(overlap(one, other), expected);
      assert.equal(overlap(other, one), expected);
    }
  });
});

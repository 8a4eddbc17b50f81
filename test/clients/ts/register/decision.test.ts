// Which listens are leased under the register hook, by their arguments and the environment.

import assert from "node:assert/strict";
import { bindWish } from "#client/register/bind-arguments.js";
import { decide, environmentPorts, type ProcessFacts } from "#client/register/decision.js";
import { listenWish } from "#client/register/listen-arguments.js";
import { passedPorts } from "#client/register/passed-ports.js";

const ownProcess = 4_711;
const plain: ProcessFacts = {
  environmentPorts: new Set([8_080]),
  passed: null,
  processId: ownProcess,
  leases: (port) => port === 20_000,
};
const callback = (): void => undefined;

function decided(args: readonly unknown[], facts: Partial<ProcessFacts> = {}) {
  return decide(listenWish(args).place, { ...plain, ...facts });
}

describe("What the register hook does with listen(...)", () => {
  it("leases for port 0, in every way of asking for it", () => {
    const ways = [
      [],
      [0],
      ["0"],
      [null],
      [undefined, callback],
      [callback],
      [0, "127.0.0.1", 10, callback],
      [{ port: 0 }],
      [{ port: undefined, host: "::1" }, callback],
      [{ port: null }],
    ];
    for (const args of ways) {
      assert.deepEqual(decided(args), { kind: "lease", service: null, port: null });
    }
  });

  it("leases for a name, which may stand for the port or the path", () => {
    for (const args of [
      ["portlease:orders"],
      ["portlease:orders", "127.0.0.1", callback],
      [{ port: "portlease:orders" }],
      [{ path: "portlease:orders", host: "::1" }],
    ]) {
      assert.deepEqual(decided(args), { kind: "lease", service: "orders", port: null });
    }
    assert.deepEqual(decided(["portlease:"]), { kind: "lease", service: null, port: null });
  });

  it("leases the number of the environment, and takes no other then", () => {
    for (const args of [[8_080], ["8080"], [{ port: 8_080, host: "0.0.0.0" }]]) {
      assert.deepEqual(decided(args), { kind: "lease", service: null, port: 8_080 });
    }
  });

  it("joins the lease of a port that the process leases already (semantics 29)", () => {
    assert.deepEqual(decided([{ port: 20_000, host: "::1" }]), { kind: "join", port: 20_000 });
  });

  it("leaves everything else to Node, and what Node refuses", () => {
    for (const args of [
      [3_000],
      ["/run/app.sock"],
      ["\\\\.\\pipe\\app"],
      [{ path: "/run/app.sock" }],
      [{ fd: 3 }],
      [{ fd: 0, port: 0 }],
      [65_536],
      [-1],
      [0.5],
      [{ port: true }],
      [""],
    ]) {
      assert.deepEqual(decided(args), { kind: "leave" }, JSON.stringify(args));
    }
  });

  it("takes a handle for what it is, though it has a descriptor", () => {
    const handle = { fd: 17, listen: () => 0 };
    for (const args of [[handle], [handle, 511], [{ _handle: handle }], [{ handle }], [{}]]) {
      assert.equal(listenWish(args).place.kind, "handle");
    }
  });

  it("reads host, backlog, callback and options as Node does", () => {
    const { signal } = new AbortController();
    const full = { port: 0, host: "::1", backlog: 7, ipv6Only: true, exclusive: true, signal };
    const read = listenWish([full, callback]);
    const { host, backlog, ipv6Only, exclusive } = read;
    assert.deepEqual(
      { host, backlog, ipv6Only, exclusive },
      { host: "::1", backlog: 7, ipv6Only: true, exclusive: true },
    );
    assert.equal(read.signal, signal);
    assert.equal(read.callback, callback);
    assert.equal(listenWish([0, "127.0.0.1", 9]).backlog, 9);
    assert.equal(listenWish([0, 9]).backlog, 9);
    assert.equal(listenWish([0]).backlog, null);
    assert.equal(listenWish([{ port: 0, host: "" }]).host, null);
  });
});

describe("What the register hook does below `portlease run`", () => {
  const environment = {
    PORT: "20017",
    PORTLEASE_PORT: "20017",
    PORTLEASE_PORTS: "20017,20018,20019",
    PORTLEASE_LEASE_ID: "lease-1",
    LISTEN_FDS: "2",
    LISTEN_PID: String(ownProcess),
  };
  const facts = (variables: Readonly<Record<string, string>>, processId = ownProcess) => ({
    environmentPorts: environmentPorts(variables),
    passed: passedPorts(variables),
    processId,
  });

  it("takes the sockets that were passed, by their ports", () => {
    const own = facts(environment);
    assert.deepEqual(decided([20_017], own), { kind: "passed", port: 20_017, descriptor: 3 });
    assert.deepEqual(decided(["20018"], own), { kind: "passed", port: 20_018, descriptor: 4 });
    assert.equal(decided([0], own).kind, "lease", "another port is a lease of its own");
  });

  it("leaves a leased port without a socket to Node: it is bound by its number, or stands behind a proxy", () => {
    assert.deepEqual(decided([20_019], facts(environment)), { kind: "leave" });
    const { LISTEN_FDS: _fds, LISTEN_PID: _pid, ...without } = environment;
    assert.deepEqual(decided([20_017], facts(without)), { kind: "leave" });
  });

  it("refuses where the sockets were passed to another process", () => {
    assert.deepEqual(decided([20_017], facts(environment, 5)), {
      kind: "passed-elsewhere",
      port: 20_017,
      ownerProcessId: ownProcess,
    });
  });

  it("has nothing to do with the sockets of systemd", () => {
    assert.equal(passedPorts({ LISTEN_FDS: "1", LISTEN_PID: "1", PORT: "80" }), null);
  });
});

describe("The ports of the environment", () => {
  it("are the numbers in PORTLEASE_PORT and PORT", () => {
    assert.deepEqual([...environmentPorts({ PORTLEASE_PORT: "81", PORT: "80" })], [81, 80]);
    assert.deepEqual([...environmentPorts({ PORT: "pipe" })], []);
    assert.deepEqual([...environmentPorts({})], []);
  });
});

describe("What the register hook reads from bind(...) of dgram", () => {
  it("is the place, the address and the callback", () => {
    for (const args of [[], [0], [callback], [{ port: 0 }], [undefined]]) {
      assert.deepEqual(bindWish(args).place, { kind: "port", port: 0 });
    }
    assert.deepEqual(bindWish([53, "::1"]).host, "::1");
    assert.deepEqual(bindWish([{ port: 53, address: "::1" }]).host, "::1");
    assert.deepEqual(bindWish([53, callback]).host, null);
    assert.deepEqual(bindWish(["portlease:dns"]).place, { kind: "name", name: "dns" });
    assert.equal(bindWish([53, callback]).callback, callback);
    assert.equal(bindWish([{ fd: 9 }]).place.kind, "other");
    assert.equal(bindWish([{ recvStart: callback }]).place.kind, "handle");
  });

  it("tells a socket that Node binds because it sends from one that is to receive", () => {
    assert.equal(bindWish([{ port: 0, exclusive: true }, null]).implicit, true);
    assert.equal(bindWish([{ port: 0, exclusive: true }]).implicit, false);
    assert.equal(bindWish([0]).implicit, false);
  });
});

// Hosts without IPv6, refusals and failing calls, played by a C library that fails at the right place.

import assert from "node:assert/strict";
import { constants } from "node:os";
import { type HostPorts, NativeError, type NativeErrorCode } from "@portlease/native";
import { parseIpAddress } from "#native/ip-address.js";
import { type Libc, loadLibc } from "#native/posix/bindings.js";
import { DescriptorLimit, descriptorsSpare } from "#native/posix/descriptor-limit.js";
import { errnoName, socketFailure } from "#native/posix/errno.js";
import { linuxLayout } from "#native/posix/layout.js";
import { openPosixHostPorts } from "#native/posix/open.js";
import { PortSockets } from "#native/posix/port-sockets.js";
import { describeOnLinux } from "./support/linux-only.js";
import { TestPorts } from "./support/test-ports.js";
import { blockRequest } from "../support/native-requests.js";

const { EAFNOSUPPORT, EMFILE, ENOBUFS } = constants.errno;

/** Counts what is open, and fails calls with an errno when told. */
class FailingLibc {
  readonly open = new Set<number>();
  readonly libc: Libc;
  #errno = 0;

  constructor(real: Libc, failWith: (call: "socket" | "setsockopt", domain: number) => number) {
    const fails = (call: "socket" | "setsockopt", domain: number): boolean => {
      this.#errno = failWith(call, domain);
      return this.#errno !== 0;
    };
    this.libc = {
      ...real,
      socket: (domain, type, protocol) => {
        if (fails("socket", domain)) return -1;
        const descriptor = real.socket(domain, type, protocol);
        this.open.add(descriptor);
        return descriptor;
      },
      setsockopt: (descriptor, ...rest) =>
        fails("setsockopt", 0) ? -1 : real.setsockopt(descriptor, ...rest),
      close: (descriptor) => {
        assert.ok(this.open.delete(descriptor), `${descriptor} closed twice`);
        return real.close(descriptor);
      },
      errno: () => (this.#errno === 0 ? real.errno() : this.#errno),
    };
  }
}

const hasCode = (code: NativeErrorCode) => (error: unknown) =>
  error instanceof NativeError && error.code === code;

describeOnLinux("a host without IPv6 (semantics 24)", () => {
  const real = loadLibc();
  const noIpv6 = (call: string, domain: number): number =>
    call === "socket" && domain === linuxLayout.AF_INET6 ? EAFNOSUPPORT : 0;
  let host: HostPorts;
  let ports: TestPorts;

  before(async () => {
    host = openPosixHostPorts(new FailingLibc(real, noIpv6).libc, linuxLayout);
    ports = await TestPorts.open(host);
  });

  after(() => ports.close());

  it("says so and holds IPv4", async () => {
    assert.equal(host.capabilities().ipv6, false);
    const firstPort = await ports.take(1);
    const run = { firstPort, portCount: 1, leasedPorts: null };
    const block = await host.reserveBlock(blockRequest(run));
    const sockets = new PortSockets(real, linuxLayout);
    const isFree = (address: string): boolean => {
      const ip = parseIpAddress(address);
      assert.ok(ip !== null);
      const options = { ip, port: firstPort, reusePort: false, reuseAddress: true };
      const { descriptor } = sockets.openBound({ ...options, ipv6Only: true });
      if (descriptor !== null) sockets.close(descriptor);
      return descriptor !== null;
    };
    assert.deepEqual(["127.0.0.1", "0.0.0.0", "::1"].map(isFree), [false, false, true]);
    assert.deepEqual(block.reclaimPort(firstPort), { state: "free" });
    await block.release();
  });
});

describeOnLinux("a host whose calls fail", () => {
  const real = loadLibc();

  it("is not taken for one without IPv6", () => {
    const failing = new FailingLibc(real, () => EMFILE);
    assert.throws(() => openPosixHostPorts(failing.libc, linuxLayout), hasCode("DESCRIPTOR_LIMIT"));
  });

  // A port takes two options, so two calls in a row fail before and behind the bind.
  for (const callsBefore of [101, 102]) {
    it(`keeps no socket of a block that failed half way, at call ${callsBefore}`, async () => {
      let calls = 0;
      let failAt = Infinity;
      const failing = new FailingLibc(real, (call) => {
        if (call !== "setsockopt") return 0;
        calls += 1;
        return calls >= failAt ? ENOBUFS : 0;
      });
      const host = openPosixHostPorts(failing.libc, linuxLayout);
      assert.ok(host.capabilities().ipv6);
      const ports = await TestPorts.open(host);
      const firstPort = await ports.take(100);
      const before = failing.open.size;
      failAt = calls + callsBefore;
      const run = { firstPort, portCount: 100, leasedPorts: null };
      await assert.rejects(
        host.reserveBlock(blockRequest(run)),
        (error) =>
          error instanceof NativeError &&
          error.code === "OS_ERROR" &&
          error.fields.api === "setsockopt" &&
          error.fields.errorName === "ENOBUFS",
      );
      assert.equal(failing.open.size, before);
      await ports.close();
    });
  }
});

describeOnLinux("DescriptorLimit", () => {
  /** A process whose limits are kept in memory. */
  function limited(soft: bigint, hard: bigint): { limit: DescriptorLimit; soft: () => bigint } {
    const limits = new BigUint64Array([soft, hard]);
    const bytes = new Uint8Array(limits.buffer);
    const libc = {
      ...loadLibc(),
      getrlimit: (_resource: number, into: Buffer) => {
        into.set(bytes);
        return 0;
      },
      setrlimit: (_resource: number, from: Buffer) => {
        bytes.set(from);
        return 0;
      },
    };
    const limit = new DescriptorLimit(libc, linuxLayout);
    return { limit, soft: () => limits[0] ?? 0n };
  }

  it("raises the soft limit when that is enough", () => {
    const { limit, soft } = limited(500n, 5_000n);
    limit.ensure(100);
    assert.equal(soft(), 500n);
    limit.ensure(1_000);
    assert.equal(soft(), 5_000n);
  });

  it("refuses what the hard limit does not allow, up to the last descriptor", () => {
    const { limit } = limited(500n, 5_000n);
    const available = limit.available();
    assert.ok(available !== null && available < 5_000);
    limit.ensure(available - descriptorsSpare);
    assert.throws(
      () => limit.ensure(available - descriptorsSpare + 1),
      hasCode("DESCRIPTOR_LIMIT"),
    );
  });

  it("knows no limit where there is none", () => {
    const { limit } = limited(1_024n, 2n ** 64n - 1n);
    assert.equal(limit.available(), null);
    limit.ensure(65_535);
  });
});

describe("socketFailure()", () => {
  it("gives each cause its code, the numbers, and what to do", () => {
    const { EACCES, EADDRINUSE, ENFILE, EIO } = constants.errno;
    const cases = [
      [EACCES, "ACCESS_DENIED", /ip_unprivileged_port_start/],
      [EADDRINUSE, "PORT_TAKEN", /another socket is bound/],
      [EMFILE, "DESCRIPTOR_LIMIT", /ulimit -n/],
      [ENFILE, "DESCRIPTOR_LIMIT", /fs\.file-max/],
      [EIO, "OS_ERROR", /EIO/],
    ] as const;
    for (const [errorNumber, code, text] of cases) {
      const error = socketFailure("bind", errorNumber, 80, "::1");
      assert.equal(error.code, code);
      assert.match(error.message, text);
      assert.match(error.message, /\[::1\]:80/);
      assert.equal(error.fields.errorNumber, errorNumber);
      assert.equal(error.fields.errorName, errnoName(errorNumber));
    }
  });

  it("has a text for numbers that nobody knows", () => {
    assert.equal(errnoName(123_456), "errno 123456");
  });
});

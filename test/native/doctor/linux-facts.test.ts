// The facts of Linux, tried for real: they hold here, and each says "no" where the thing that it is about is broken.

import assert from "node:assert/strict";
import type { HostPorts } from "@portlease/native";
import { openHostPorts } from "@portlease/native";
import { Cleanup } from "#native/doctor/cleanup.js";
import type { Fact, FactAnswer } from "#native/doctor/fact.js";
import { startHelper } from "#native/doctor/helper-process.js";
import { heldFacts } from "#native/doctor/linux/held-facts.js";
import { hostFacts } from "#native/doctor/linux/host-facts.js";
import { LinuxContext } from "#native/doctor/linux/linux-context.js";
import { PosixProbe } from "#native/doctor/linux/posix-probe.js";
import type { ProbeBind } from "#native/doctor/probe.js";
import { loadLibc } from "#native/posix/bindings.js";
import { linuxLayout } from "#native/posix/layout.js";
import { NetlinkTcpTables, ProcTcpTables, type TcpTables } from "#native/posix/tcp-tables.js";
import { describeOnLinux } from "../support/linux-only.js";

/** A probe of which one thing is wrong. */
class BrokenProbe extends PosixProbe {
  readonly #change: (request: ProbeBind) => ProbeBind;

  constructor(change: (request: ProbeBind) => ProbeBind) {
    super(loadLibc(), linuxLayout);
    this.#change = change;
  }

  override bind(request: ProbeBind): ReturnType<PosixProbe["bind"]> {
    return super.bind(this.#change(request));
  }

  override setReuseAddress(): Promise<void> {
    return Promise.resolve();
  }
}

/** Of a host on which some ports are taken. */
class BusyProbe extends PosixProbe {
  readonly #isTaken: (port: number) => boolean;

  constructor(isTaken: (port: number) => boolean) {
    super(loadLibc(), linuxLayout);
    this.#isTaken = isTaken;
  }

  override bind(request: ProbeBind): ReturnType<PosixProbe["bind"]> {
    if (!this.#isTaken(request.port)) return super.bind(request);
    return Promise.resolve({ ok: false, api: "bind", errorNumber: 98, errorName: "EADDRINUSE" });
  }
}

describeOnLinux("The doctor's facts of Linux", () => {
  const libc = loadLibc();
  const realTables = new NetlinkTcpTables(libc, new ProcTcpTables());
  const contexts: LinuxContext[] = [];

  afterEach("nothing is left behind", async () => {
    for (const context of contexts.splice(0)) {
      assert.deepEqual(await context.closeAll(), []);
      await context.end();
    }
  });

  function contextWith(
    here = new PosixProbe(libc, linuxLayout),
    hostPorts: HostPorts = openHostPorts(),
    tables: TcpTables = realTables,
  ): LinuxContext {
    const context = new LinuxContext({ hostPorts, tables }, here, new Cleanup(), startHelper);
    contexts.push(context);
    return context;
  }

  function factOf(id: string): Fact<LinuxContext> {
    const fact = [...heldFacts, ...hostFacts].find((one) => one.id === id);
    if (fact === undefined) throw new Error(`no fact ${id}`);
    return fact;
  }

  function tryWith(id: string, context: LinuxContext): Promise<FactAnswer> {
    return factOf(id).run(context);
  }

  for (const { id } of [...heldFacts, ...hostFacts]) {
    // Whether a host has IPv6 or lists unlistened sockets is its own affair.
    const allowed = /ipv6|unlistened/.test(id) ? ["yes", "no"] : ["yes"];
    it(`${id} holds on this host`, async () => {
      const { result, seen } = await tryWith(id, contextWith());
      assert.ok(allowed.includes(result), `${result}: ${seen}`);
    });
  }

  it("held.refuses-others says no of a hold that others get past", async () => {
    // Every plain server sets SO_REUSEADDR; where the hold has it too, the kernel lets them in.
    const leaky = new BrokenProbe((request) => ({ ...request, reuseAddress: true }));
    const { result } = await tryWith("held.refuses-others", contextWith(leaky));
    assert.equal(result, "no");
  });

  it("held.lessee-serves says no of a hold that keeps its lessee out", async () => {
    const closed = new BrokenProbe((request) => ({ ...request, reusePort: false }));
    const { result, seen } = await tryWith("held.lessee-serves", contextWith(closed));
    assert.equal(result, "no");
    assert.match(seen, /EADDRINUSE 98/);
  });

  it("held.late-reuse-address says no where the option is not set", async () => {
    const { result, seen } = await tryWith(
      "held.late-reuse-address",
      contextWith(new BrokenProbe((request) => request)),
    );
    assert.equal(result, "no");
    assert.match(seen, /TIME_WAIT seen, listen listen: EADDRINUSE/);
  });

  it("held.dynamic-picks-avoid says no where the ports are held on another address", async () => {
    const elsewhere = new BrokenProbe((request) => ({ ...request, address: "127.0.0.2" }));
    const { result, seen } = await tryWith("held.dynamic-picks-avoid", contextWith(elsewhere));
    assert.equal(result, "no", seen);
  });

  it("held.dynamic-picks-avoid needs no free ports in a row, and says so where there are too few", async () => {
    const busyHost = (isTaken: (port: number) => boolean): PosixProbe => new BusyProbe(isTaken);
    const everyOther = contextWith(busyHost((port) => port % 2 === 0));
    assert.equal((await tryWith("held.dynamic-picks-avoid", everyOther)).result, "yes");
    const nearlyAll = contextWith(busyHost((port) => port % 1_000 !== 0));
    const { result, seen } = await tryWith("held.dynamic-picks-avoid", nearlyAll);
    assert.equal(result, "unknown", seen);
    assert.match(seen, /^only \d+ ports from \d+ to \d+ are free$/);
  });

  it("host.descriptors says no where a hold would fail for want of them", async () => {
    const host = openHostPorts();
    const capabilities = { ...host.capabilities(), descriptorsMax: 100 };
    host.capabilities = () => capabilities;
    const { result, seen } = await tryWith("host.descriptors", contextWith(undefined, host));
    assert.deepEqual([result, seen], ["no", "100 left"]);
  });

  it("host.processes says no where processes cannot be told apart", async () => {
    const host = openHostPorts();
    host.identifyProcess = (processId) => ({ processId, startTime: "1", processName: "x" });
    const { result } = await tryWith("host.processes", contextWith(undefined, host));
    assert.equal(result, "no");
  });

  it("host.unlistened-shown says no of the tables of an older kernel", async () => {
    const context = contextWith(undefined, undefined, new ProcTcpTables());
    assert.equal((await tryWith("host.unlistened-shown", context)).result, "no");
  });
});

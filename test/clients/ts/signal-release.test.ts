// What happens to leases, and to the process, when a signal comes: the rules with a fake process, then real ones.

import assert from "node:assert/strict";
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { SignalRelease, type SignalProcess } from "@portlease/client";
import { repositoryRoot } from "../../support/repository.js";
import { recordOutput } from "../../support/test-output.js";
import { FakeLeaseService, refusal } from "./support/fake-lease-service.js";

class FakeProcess extends EventEmitter implements SignalProcess {
  readonly pid = 4_711;
  readonly raised: NodeJS.Signals[] = [];

  kill(pid: number, signal: NodeJS.Signals): void {
    assert.equal(pid, this.pid);
    this.raised.push(signal);
  }
}

/** Lets promise chains finish. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((done) => setImmediate(done));
}

describe("SignalRelease", () => {
  let fake: FakeProcess;
  let signals: SignalRelease;
  let releases: number;
  const holder = {
    releaseAll: (): Promise<void> => {
      releases += 1;
      return Promise.resolve();
    },
  };

  beforeEach(() => {
    fake = new FakeProcess();
    signals = new SignalRelease(fake);
    releases = 0;
  });

  it("listens only while somebody has leases, once for all", () => {
    const other = { releaseAll: () => Promise.resolve() };
    signals.add(holder);
    signals.add(other);
    signals.add(other);
    assert.equal(fake.listenerCount("SIGTERM"), 1);
    assert.equal(fake.listenerCount("SIGINT"), 1);
    signals.remove(holder);
    assert.equal(fake.listenerCount("SIGTERM"), 1);
    signals.remove(other);
    signals.remove(other);
    assert.equal(fake.listenerCount("SIGTERM"), 0);
  });

  it("raises SIGTERM after Ctrl+Break, which cannot be sent", async () => {
    signals.add(holder);
    fake.emit("SIGBREAK", "SIGBREAK");
    await turns();
    assert.equal(releases, 1);
    assert.deepEqual(fake.raised, ["SIGTERM"]);
  });

  it("releases, then raises the signal again without listening any more", async () => {
    signals.add(holder);
    fake.emit("SIGTERM", "SIGTERM");
    assert.deepEqual(fake.raised, [], "not before the leases are released");
    await turns();
    assert.equal(releases, 1);
    assert.deepEqual(fake.raised, ["SIGTERM"]);
    assert.equal(fake.listenerCount("SIGTERM"), 0);
  });

  it("leaves the ending to an application that listens, also with once and before it", async () => {
    for (const listen of [
      () => fake.on("SIGTERM", () => undefined),
      () => fake.once("SIGTERM", () => undefined),
    ]) {
      listen();
      signals.add(holder);
      fake.emit("SIGTERM", "SIGTERM");
      await turns();
      assert.deepEqual(fake.raised, []);
      signals.remove(holder);
      fake.removeAllListeners();
    }
    assert.equal(releases, 2);
  });

  it("does not take the listener of signal-exit for an application's", async () => {
    const key = Symbol.for("signal-exit emitter");
    assert.equal(Reflect.get(globalThis, key), undefined, "not loaded here");
    Reflect.set(globalThis, key, { count: 1 });
    try {
      fake.on("SIGTERM", () => undefined);
      signals.add(holder);
      fake.emit("SIGTERM", "SIGTERM");
      await turns();
    } finally {
      Reflect.deleteProperty(globalThis, key);
    }
    assert.deepEqual(fake.raised, ["SIGTERM"]);
  });

  it("ends at once at the second signal", async () => {
    signals.add({ releaseAll: () => new Promise(() => undefined) });
    fake.emit("SIGINT", "SIGINT");
    await turns();
    assert.deepEqual(fake.raised, []);
    fake.emit("SIGINT", "SIGINT");
    await turns();
    assert.deepEqual(fake.raised, ["SIGINT"]);
  });
});

describe("a process with a lease", function () {
  if (process.platform === "win32") {
    it("gets no SIGTERM on Windows: run these tests on Linux");
    return;
  }
  this.timeout(120_000);
  let service: FakeLeaseService;
  const children = new Set<ChildProcessWithoutNullStreams>();

  beforeEach(async () => {
    service = await new FakeLeaseService().start();
  });
  afterEach(() => {
    for (const child of children) child.kill("SIGKILL");
    children.clear();
    service.stop();
  });

  /** Runs a program that has a lease when it prints its first line. */
  async function holding(
    program: string,
    options = "",
  ): Promise<{ child: ChildProcessWithoutNullStreams; printed: () => string }> {
    const source = `
      import { LeaseClient } from "@portlease/client";
      const client = new LeaseClient({ ${options} });
      const lease = await client.acquire({ service: "child" });
      ${program}
      console.log("holding");`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", source], {
      cwd: repositoryRoot,
      env: { ...process.env, PORTLEASE_ADDRESS: service.address },
    });
    children.add(child);
    recordOutput(child, "holder");
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    await once(child.stdout, "data");
    return { child, printed: () => output };
  }

  async function ended(
    child: ChildProcessWithoutNullStreams,
  ): Promise<{ exitCode: number | null; signal: string | null }> {
    const [exitCode, signal] = (await once(child, "close")) as [number | null, string | null];
    return { exitCode, signal };
  }

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`releases at ${signal} and ends by that signal`, async () => {
      const { child } = await holding("");
      child.kill(signal);
      assert.deepEqual(await ended(child), { exitCode: null, signal });
      assert.deepEqual(
        service.releases.map(({ leaseId }) => leaseId),
        ["lease-1"],
      );
    });
  }

  it("releases, and lets the application's own handler end the process", async () => {
    const { child, printed } = await holding(`
      process.once("SIGTERM", async () => {
        await lease.release();
        console.log("state:", lease.state);
        process.exit(7);
      });`);
    child.kill("SIGTERM");
    assert.deepEqual(await ended(child), { exitCode: 7, signal: null });
    assert.match(printed(), /state: released/);
    assert.equal(service.releases.length, 1, "once, whoever asked");
  });

  it("leaves signals alone when told to", async () => {
    const { child } = await holding("", "releaseOnSignals: false");
    child.kill("SIGTERM");
    assert.deepEqual(await ended(child), { exitCode: null, signal: "SIGTERM" });
    assert.equal(service.releases.length, 0);
  });

  it("ends within a bounded time when the broker does not answer", async () => {
    service.onRelease = () => null;
    const { child } = await holding("", "releaseTimeoutMs: 200");
    child.kill("SIGTERM");
    assert.deepEqual(await ended(child), { exitCode: null, signal: "SIGTERM" });
    assert.equal(service.releases.length, 1);
  });

  it("ends when the broker refuses the release", async () => {
    service.onRelease = () => refusal(13, "INTERNAL");
    const { child } = await holding("");
    child.kill("SIGTERM");
    assert.deepEqual(await ended(child), { exitCode: null, signal: "SIGTERM" });
  });

  it("releases the leases of all clients", async () => {
    const { child } = await holding(`
      const another = new LeaseClient();
      await another.acquire({ service: "child" });`);
    child.kill("SIGTERM");
    assert.deepEqual(await ended(child), { exitCode: null, signal: "SIGTERM" });
    assert.equal(service.releases.length, 2);
  });

  it("ends by itself after its last lease was released", async () => {
    const { child } = await holding("await lease.release();");
    assert.deepEqual(await ended(child), { exitCode: 0, signal: null });
  });

  it("has no handler left after its last lease was released", async () => {
    const { child, printed } = await holding(`
      console.log(process.listenerCount("SIGTERM"));
      await lease.release();
      console.log(process.listenerCount("SIGTERM"));`);
    await ended(child);
    assert.match(printed(), /^1\n0\n/);
  });
});

// onLost: "exit" in real processes. How each reason of a loss comes about is tested with the keeper.

import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { lostExitCode } from "@portlease/client";
import type { ReservedBlock } from "@portlease/native";
import { LeaseEndReason } from "@portlease/proto/portlease/v1/lease.js";
import { finished, outputMatching } from "../../support/cli.js";
import { eventually } from "../../support/eventually.js";
import { repositoryRoot } from "../../support/repository.js";
import { recordOutput } from "../../support/test-output.js";
import { endNotice } from "./support/client-lab.js";
import { FakeLeaseService } from "./support/fake-lease-service.js";
import { holdPorts, portsOf } from "./support/held-ports.js";

describe('a process whose lease is lost, with onLost: "exit"', function () {
  if (process.platform !== "linux") {
    it("binds ports on Linux only: run these tests there");
    return;
  }
  this.timeout(120_000);
  let block: ReservedBlock;
  let service: FakeLeaseService;
  const children = new Set<ChildProcessWithoutNullStreams>();

  before(async () => {
    block = await holdPorts(2);
  });
  after(() => block.release());
  beforeEach(async () => {
    service = await new FakeLeaseService(portsOf(block)).start();
  });
  afterEach(() => {
    for (const child of children) child.kill("SIGKILL");
    children.clear();
    service.stop();
  });

  /** Runs a program that has a lease, `lease`, from a client, `client`, and revokes it once the program has said so. */
  async function losing(program: string) {
    const source = `
      import { createServer } from "node:net";
      import { LeaseClient } from "@portlease/client";
      const client = new LeaseClient({ releaseTimeoutMs: 300 });
      const lease = await client.acquire({ onLost: "exit" });
      ${program}
      console.log("has it");`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", source], {
      cwd: repositoryRoot,
      env: { ...process.env, PORTLEASE_ADDRESS: service.address },
    });
    children.add(child);
    recordOutput(child, "losing");
    const end = finished(child);
    await outputMatching(child.stdout, /has it/);
    // News of a lease comes on the session that renewed it.
    await eventually("the first renewal", () => service.renewals.length > 0);
    service.tell(endNotice("lease-1", LeaseEndReason.LEASE_END_REASON_REVOKED));
    return end;
  }

  it("stops listening, hears of it, says it in one line, and exits with 75", async () => {
    const { exitCode, signal, stdout, stderr } = await losing(`
      const server = createServer();
      await lease.listen(server);
      lease.on("lost", ({ reason }) => console.log("lost", reason, server.listening));
      process.on("exit", (code) => console.log("exit", code));`);
    assert.deepEqual([exitCode, signal], [lostExitCode, null]);
    assert.match(stdout, /lost REVOKED false\nexit 75\n$/);
    assert.equal(
      stderr,
      `portlease: lost port ${block.firstPort} (lease lease-1, REVOKED): an operator took it; exiting with 75\n`,
    );
  });

  it("does not wait for connections that are open, whatever exit code was set", async () => {
    const { exitCode } = await losing(`
      process.exitCode = 3;
      const server = createServer((socket) => socket.write("open"));
      await lease.listen(server);
      const { connect } = await import("node:net");
      await new Promise((resolve) => connect(lease.port, "127.0.0.1").once("data", resolve));`);
    assert.equal(exitCode, 75);
  });

  it("gives back what else the process leases, from any client", async () => {
    const { exitCode } = await losing(`
      await client.acquire();
      await new LeaseClient().acquire();`);
    assert.equal(exitCode, 75);
    const released = service.releases.map(({ leaseId }) => leaseId);
    assert.deepEqual(released.toSorted(), ["lease-2", "lease-3"]);
  });

  it("exits all the same when they cannot be given back", async () => {
    service.onRelease = () => null;
    assert.equal((await losing("await client.acquire();")).exitCode, 75);
  });

  it("exits all the same when nobody can read the line", async () => {
    const end = losing('(await import("node:fs")).closeSync(2);');
    assert.equal((await end).exitCode, 75);
  });
});

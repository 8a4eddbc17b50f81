// portlease revoke: which leases it asks the broker to take back, whom it asks before, and what it says of those that it could not.

import assert from "node:assert/strict";
import { status } from "@grpc/grpc-js";
import { Lease } from "@portlease/proto/portlease/v1/lease.js";
import { assertFails } from "../../support/cli-failures.js";
import { runInProcess } from "../../support/cli-in-process.js";
import type { CliResult } from "../../support/cli.js";
import {
  type FakeAdminMethods,
  type FakeBroker,
  type FakeMethods,
  refuse,
  startFakeBroker,
} from "../../support/fake-broker.js";

describe("portlease revoke", () => {
  let broker: FakeBroker | undefined;
  afterEach(() => broker?.stop());

  async function run(
    line: string,
    admin: FakeAdminMethods,
    methods: FakeMethods = {},
  ): Promise<CliResult> {
    broker?.stop();
    broker = await startFakeBroker(methods, admin);
    const words = [...line.matchAll(/'([^']*)'|(\S+)/g)];
    const args = words.map(([, quoted, bare = ""]) => quoted ?? bare);
    return runInProcess([...args, "--address", broker.address]);
  }

  const leaseOf = (leaseId: string) => Lease.fromPartial({ leaseId, port: 20_000 });
  const missing = refuse(status.NOT_FOUND, "LEASE_NOT_FOUND", "there is no lease gone");
  const asked: unknown[] = [];
  const revokeLease: FakeAdminMethods["revokeLease"] = (request) => {
    asked.push(request);
    return request.leaseId === "gone" ? missing : { lease: leaseOf(request.leaseId) };
  };
  const listLeases: FakeMethods["listLeases"] = () => ({
    leases: [leaseOf("a"), leaseOf("b")],
    nextPageToken: "",
    totalSize: 2,
    revision: 1n,
  });
  beforeEach(() => (asked.length = 0));

  it("takes back those that are named, with the reason, and says which", async () => {
    const { stdout, exitCode } = await run("revoke a b --reason 'host drained'", { revokeLease });
    assert.equal(exitCode, 0);
    assert.equal(stdout, "revoked a (20000, unnamed)\nrevoked b (20000, unnamed)\n");
    const common = { reason: "host drained", allowMissing: false };
    assert.deepEqual(asked, [
      { leaseId: "a", ...common },
      { leaseId: "b", ...common },
    ]);
  });

  it("takes back the others when one is not there, and exits with 4", async () => {
    const result = await run("revoke a gone b --json", { revokeLease });
    assert.equal(result.exitCode, 4);
    const { leases, failures } = JSON.parse(result.stdout) as {
      leases: readonly { leaseId: string }[];
      failures: readonly { leaseId: string; error: { reason: string } }[];
    };
    assert.deepEqual(
      leases.map(({ leaseId }) => leaseId),
      ["a", "b"],
    );
    assert.deepEqual(
      failures.map(({ leaseId, error }) => [leaseId, error.reason]),
      [["gone", "LEASE_NOT_FOUND"]],
    );
    assert.match(result.stderr, /there is no lease gone \[LEASE_NOT_FOUND\]/);
  });

  it("stops at once when no further one can go better", async () => {
    const denied = refuse(status.PERMISSION_DENIED, "ROLE_MISSING", "RevokeLease needs admin");
    const result = await run("revoke a b", { revokeLease: () => denied });
    assertFails(
      result,
      6,
      /RevokeLease needs admin \[ROLE_MISSING\]\n {2}(no token was sent|the token that was sent is that of)/,
    );
  });

  it("shows those of a filter, and takes none back where nobody can say yes", async () => {
    const result = await run("revoke --filter 'port > 1'", { revokeLease }, { listLeases });
    assert.equal(result.exitCode, 5);
    assert.match(result.stderr, /this takes back 2 leases:\n.*PORT[\s\S]*run it again with --yes/);
    assert.deepEqual(asked, []);
  });

  it("takes those of a filter back with --yes, also when one has ended meanwhile", async () => {
    const line = "revoke --filter 'port > 1' --yes";
    const { exitCode } = await run(line, { revokeLease }, { listLeases });
    assert.equal(exitCode, 0);
    assert.deepEqual(
      asked.map((each) => (each as { allowMissing: boolean }).allowMissing),
      [true, true],
    );
  });

  it("wants ids or a filter, not both, and no filter that takes everything", async () => {
    for (const line of ["revoke", "revoke a --filter 'port > 1'", "revoke --filter ''"]) {
      assert.equal((await run(line, { revokeLease })).exitCode, 2, line);
    }
    assert.deepEqual(asked, []);
  });
});

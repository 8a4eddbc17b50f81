// The CLI as a process with a broker that answers: what it asks for, and what it prints.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Lease, PortReservation } from "@portlease/proto/portlease/v1/lease.js";
import type {
  AcquireLeaseRequest,
  ListLeasesRequest,
  ReleaseLeaseRequest,
  RenewLeaseRequest,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { runCli, type CliResult } from "../../support/cli.js";
import { startFakeBroker, type FakeBroker, type FakeMethods } from "../../support/fake-broker.js";
import { assertFails } from "../../support/cli-failures.js";
import { noteSecret } from "../../support/test-output.js";

const holderKey = "hk-of-the-cli-test-0123456789abcdef";
const lease = Lease.fromPartial({
  leaseId: "lease-1",
  pool: "default",
  protocol: 1,
  port: 20_000,
  portCount: 1,
  state: 1,
  holder: { service: "orders", instance: "a" },
  ttl: { seconds: 30n, nanos: 0 },
  remaining: { seconds: 30n, nanos: 0 },
  generation: 7n,
});
const reservation = PortReservation.fromPartial({
  protocol: 1,
  kind: 4,
  firstPort: 20_000,
  portCount: 1,
  bindMethod: 4,
});
const granted = {
  lease,
  holderKey,
  waitDuration: { seconds: 0n, nanos: 0 },
  reservations: [reservation],
  warnings: [{ reason: "TTL_CLAMPED", message: "the TTL was cut to 30s" }],
};

describe("the CLI, when it succeeds,", function () {
  // Each test starts at least one process.
  this.timeout(120_000);

  before(() => noteSecret(holderKey));

  let broker: FakeBroker | undefined;
  afterEach(() => broker?.stop());

  /** Runs one command against a broker that answers with `methods`. */
  async function run(
    methods: FakeMethods,
    args: readonly string[],
    options: Parameters<typeof runCli>[1] = {},
  ): Promise<CliResult> {
    broker = await startFakeBroker(methods);
    const environment = { ...options.environment, PORTLEASE_ADDRESS: broker.address };
    return runCli(args, { ...options, environment });
  }

  it("acquire sends what was asked, and prints the lease with its key marked as secret", async () => {
    let asked: AcquireLeaseRequest | undefined;
    const acquireLease = (request: AcquireLeaseRequest) => ((asked = request), granted);
    const words =
      "acquire --service orders --instance a --label team=shop --label tier=1 --pool web --protocol tcp-and-udp --count 2 " +
      "--port 20000 --must --ttl 1m30s --bind-within 5s --max-wait 250ms --request-id r1 --pid 4242";
    const result = await run({ acquireLease }, words.split(" "), { record: "stderr" });
    assert.equal(result.exitCode, 0, result.stderr);
    assert.deepEqual(asked, {
      pool: "web",
      protocol: 3,
      portCount: 2,
      preferredPort: 20_000,
      portPreference: 2,
      ttl: { seconds: 90n, nanos: 0 },
      holder: {
        service: "orders",
        instance: "a",
        labels: { team: "shop", tier: "1" },
        process: { processId: 4_242, startTime: "", proven: false },
      },
      bindWithin: { seconds: 5n, nanos: 0 },
      maxWait: { seconds: 0n, nanos: 250_000_000 },
      requestId: "r1",
      validateOnly: false,
    });
    assert.match(result.stdout, /^port +20000$/m);
    assert.match(result.stdout, new RegExp(`^holder key +${holderKey}  \\(SECRET`, "m"));
    assert.match(result.stdout, /^how to bind +held, share-port: set SO_REUSEPORT before bind/m);
    assert.equal(result.stderr, "portlease: warning: the TTL was cut to 30s [TTL_CLAMPED]\n");
  });

  it("acquire refuses to insist on a port that is not named", async () => {
    const result = await run({}, ["acquire", "--must"]);
    assert.equal(result.exitCode, 2, result.stderr);
    assert.match(result.stderr, /--must does not say which port: add --port/);
  });

  it("acquire tells for each protocol how to bind, with its token", async () => {
    const token = 18_446_744_073_709_551_615n;
    noteSecret(String(token));
    const port = { firstPort: 20_000, portCount: 1 };
    const reservations = [
      PortReservation.fromPartial({ ...port, protocol: 1, kind: 1, bindMethod: 1, token }),
      PortReservation.fromPartial({ ...port, protocol: 2, kind: 2, bindMethod: 2, token: 12n }),
    ];
    const acquireLease = () => ({ ...granted, reservations });
    const words = ["acquire", "--protocol", "tcp-and-udp"];
    const { stdout } = await run({ acquireLease }, words, { record: "stderr" });
    assert.match(stdout, /^how to bind tcp 20000 +persistent, associate: associate the socket/m);
    assert.match(stdout, /^token tcp 20000 +18446744073709551615 {2}\(SECRET\)$/m);
    assert.match(stdout, /^how to bind udp 20000 +runtime, handoff: ask the broker/m);
    assert.match(stdout, /^token udp 20000 +12 {2}\(SECRET\)$/m);
  });

  it("acquire sets no process and no TTL unless asked", async () => {
    let asked: AcquireLeaseRequest | undefined;
    const acquireLease = (request: AcquireLeaseRequest) => ((asked = request), granted);
    await run({ acquireLease }, ["acquire"], { record: "stderr" });
    assert.equal(asked?.holder?.process, undefined);
    assert.equal(asked?.ttl, undefined);
    assert.equal(asked?.requestId, "");
  });

  it("acquire --json prints one document with lease, holderKey and reservations", async () => {
    const result = await run({ acquireLease: () => granted }, ["acquire", "--json"], {
      record: "stderr",
    });
    const document = JSON.parse(result.stdout) as Record<string, unknown>;
    assert.equal(document["holderKey"], holderKey);
    assert.equal((document["lease"] as Lease).leaseId, "lease-1");
    assert.deepEqual(document["reservations"], [
      {
        protocol: "PROTOCOL_TCP",
        kind: "RESERVATION_KIND_HELD",
        firstPort: 20_000,
        portCount: 1,
        token: "0",
        bindMethod: "BIND_METHOD_SHARE_PORT",
      },
    ]);
    assert.equal(result.stderr, "");
  });

  it("renew takes the key from the environment, a file, stdin or the command line", async () => {
    const directory = mkdtempSync(join(tmpdir(), "portlease-cli-"));
    try {
      const path = join(directory, "key");
      writeFileSync(path, `${holderKey}\n`);
      const asked: RenewLeaseRequest[] = [];
      const renewLease = (request: RenewLeaseRequest) => {
        asked.push(request);
        return { lease, reservations: [], warnings: [] };
      };
      broker = await startFakeBroker({ renewLease });
      const PORTLEASE_ADDRESS = broker.address;
      const renew = (added: readonly string[], input = "", environment = {}) =>
        runCli(["renew", "lease-1", ...added], {
          input,
          environment: { PORTLEASE_ADDRESS, ...environment },
        });
      const results = await Promise.all([
        renew([], "", { PORTLEASE_HOLDER_KEY: holderKey }),
        renew(["--holder-key-file", path, "--ttl", "10s"]),
        renew(["--holder-key-file", "-"], `${holderKey}\n`),
        renew(["--holder-key", holderKey]),
      ]);
      for (const result of results) {
        assert.equal(result.stdout, "renewed lease-1 on 20000 for 30s\n", result.stderr);
      }
      assert.deepEqual(new Set(asked.map((request) => request.holderKey)), new Set([holderKey]));
      assert.equal(asked.filter((request) => request.ttl?.seconds === 10n).length, 1);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("renew and release need a key, and say where from", async () => {
    for (const command of ["renew", "release"]) {
      const result = await runCli([command, "lease-1"]);
      assertFails(result, 2, /holder key is missing.*PORTLEASE_HOLDER_KEY.*--holder-key-file/);
    }
  });

  it("release says how long the ports rest, or that the lease had ended", async () => {
    const environment = { PORTLEASE_HOLDER_KEY: holderKey };
    let asked: ReleaseLeaseRequest | undefined;
    const releaseLease = (request: ReleaseLeaseRequest) => {
      asked = request;
      return request.allowMissing
        ? { alreadyEnded: true, quarantine: undefined }
        : { alreadyEnded: false, quarantine: { seconds: 5n, nanos: 0 } };
    };
    const first = await run({ releaseLease }, ["release", "lease-1"], { environment });
    assert.equal(first.stdout, "released lease-1; its ports rest for 5s\n");
    assert.equal(asked?.holderKey, holderKey);
    broker?.stop();
    const args = ["release", "lease-1", "--allow-missing", "--json"];
    const second = await run({ releaseLease }, args, { environment });
    assert.deepEqual(JSON.parse(second.stdout), { alreadyEnded: true, quarantine: null });
  });

  it("get shows one lease, for people and as JSON", async () => {
    const getLease = () => ({ lease });
    const text = await run({ getLease }, ["get", "lease-1"]);
    assert.match(text.stdout, /^lease +lease-1\nport +20000\n/);
    broker?.stop();
    const json = await run({ getLease }, ["get", "lease-1", "--json"]);
    assert.equal((JSON.parse(json.stdout) as { lease: Lease }).lease.port, 20_000);
  });

  it("ls fetches all pages, up to its limit", async () => {
    const asked: ListLeasesRequest[] = [];
    const listLeases = (request: ListLeasesRequest) => {
      asked.push(request);
      const first = request.pageToken === "" ? 0 : Number(request.pageToken);
      const count = Math.min(request.pageSize, 2);
      const leases = Array.from({ length: count }, (_, index) => ({
        ...lease,
        port: first + index + 1,
      }));
      const nextPageToken = first + count >= 5 ? "" : String(first + count);
      return { leases, nextPageToken, totalSize: 5, revision: 9n };
    };
    const args = [
      "ls",
      "--json",
      "--filter",
      'service = "orders"',
      "--order-by",
      "port desc",
      "--limit",
      "3",
    ];
    const result = await run({ listLeases }, args);
    const document = JSON.parse(result.stdout) as {
      leases: Lease[];
      totalSize: number;
      revision: string;
    };
    assert.deepEqual(
      document.leases.map(({ port }) => port),
      [1, 2, 3],
    );
    assert.deepEqual([document.totalSize, document.revision], [5, "9"]);
    assert.deepEqual(
      asked.map(({ pageSize, pageToken }) => [pageSize, pageToken]),
      [
        [3, ""],
        [1, "2"],
      ],
    );
    assert.deepEqual([asked[0]?.filter, asked[0]?.orderBy], ['service = "orders"', "port desc"]);
  });

  it("ls prints a table, or says that there is nothing", async () => {
    const page = { leases: [lease], nextPageToken: "", totalSize: 1, revision: 1n };
    const full = await run({ listLeases: () => page }, ["ls"]);
    assert.equal(
      full.stdout,
      "PORT   PROTOCOL  SERVICE  INSTANCE  POOL     STATE   EXPIRES IN  LEASE\n" +
        "20000  tcp       orders   a         default  leased  30s         lease-1\n",
    );
    broker?.stop();
    const empty = await run({ listLeases: () => ({ ...page, leases: [], totalSize: 0 }) }, ["ls"]);
    assert.equal(empty.stdout, "no leases\n");
  });
});

// grpcurl of this Linux host talks to a broker on Windows: it finds everything by reflection, and gets what Windows tells.

import assert from "node:assert/strict";
import { hasGrpcurl, runGrpcurl } from "../../support/grpcurl.js";
import { adminTokenIn } from "../../support/lease-caller.js";
import { noteSecret } from "../../support/test-output.js";
import { EndToEndLab } from "../support/end-to-end-lab.js";
import type { PoolCaller } from "../support/pool-caller.js";
import { describeInWine } from "../support/wine-lab.js";

const admin = "portlease.v1.AdminService";
const leases = "portlease.v1.LeaseService";

interface Ranges {
  readonly known: boolean;
  readonly dynamicRange: object;
  readonly ranges: readonly {
    readonly firstPort: number;
    readonly lastPort: number;
    readonly administered?: boolean;
  }[];
}

interface AcquireAnswer {
  readonly holderKey: string;
  readonly lease: { readonly leaseId: string; readonly port: number };
  readonly reservations: readonly {
    readonly kind: string;
    readonly bindMethod: string;
    readonly firstPort: number;
    readonly portCount: number;
    readonly token: string;
  }[];
}

describeInWine("grpcurl with a broker on Windows", function () {
  this.timeout(120_000);
  let lab: EndToEndLab;
  let stranger: PoolCaller;
  let firstPort: number;

  before(async function () {
    if (!hasGrpcurl()) return this.skip();
    lab = await EndToEndLab.open();
    firstPort = await lab.take(4);
    await lab.startBroker([{ name: "default", kind: "persistent", start: firstPort, size: 4 }]);
    stranger = await lab.stranger();
  });

  after(() => (hasGrpcurl() ? lab.close() : undefined));

  async function call<T>(method: string, data?: object): Promise<T> {
    const { exitCode, stdout, stderr } = await runGrpcurl(lab.broker.address, [method], data);
    assert.equal(exitCode, 0, stderr);
    return JSON.parse(stdout) as T;
  }

  it("finds the services and the comments by reflection", async () => {
    const { address } = lab.broker;
    const services = (await runGrpcurl(address, ["list"])).stdout.trim().split("\n");
    assert.deepEqual(services, ["grpc.health.v1.Health", admin, leases]);
    const described = await runGrpcurl(address, ["describe", `${leases}.TransferSocket`]);
    assert.match(described.stdout, /^\/\/ /m);
  });

  it("acquires a lease with the token of the kernel, all 64 bits of it, and gives it back", async () => {
    const answer = await call<AcquireAnswer>(`${leases}/AcquireLease`, { ttl: "60s" });
    const { holderKey, lease, reservations } = answer;
    noteSecret(holderKey);
    const [{ token, ...reservation } = { token: "" }] = reservations;
    noteSecret(token);
    assert.deepEqual(reservation, {
      protocol: "PROTOCOL_TCP",
      kind: "RESERVATION_KIND_PERSISTENT",
      firstPort,
      portCount: 4,
      bindMethod: "BIND_METHOD_ASSOCIATE",
    });
    const inKernel = await lab.pool.reservations("persistent");
    assert.ok(inKernel.some((each) => each.firstPort === firstPort && each.token === token));
    assert.ok(BigInt(token) > BigInt(Number.MAX_SAFE_INTEGER));
    assert.equal(await stranger.listen(lease.port), "EACCES");
    await call(`${leases}/ReleaseLease`, { leaseId: lease.leaseId, holderKey });
  });

  it("lists the blocks by the names of the API", async () => {
    const { blocks } = await call<{ readonly blocks: readonly object[] }>(`${admin}/ListBlocks`);
    const [block] = blocks as readonly Readonly<Record<string, unknown>>[];
    assert.deepEqual(
      [block?.["kind"], block?.["firstPort"], block?.["portCount"], block?.["bindMethod"]],
      ["RESERVATION_KIND_PERSISTENT", firstPort, 4, "BIND_METHOD_ASSOCIATE"],
    );
    const broker = await call<Readonly<Record<string, unknown>>>(`${admin}/GetBroker`);
    assert.equal(broker["platform"], "win32");
    assert.equal(broker["elevated"], true);
  });

  it("explains a port of the block, and one that is free", async () => {
    const asked = { port: firstPort + 3, protocol: "PROTOCOL_TCP" };
    const inBlock = await call<{ readonly findings: readonly { readonly reason: string }[] }>(
      `${admin}/ExplainPort`,
      asked,
    );
    assert.ok(
      inBlock.findings.some(({ reason }) => reason === "IN_BLOCK"),
      JSON.stringify(inBlock),
    );
    const port = await lab.take(1);
    const free = await call<object>(`${admin}/ExplainPort`, { port, protocol: "PROTOCOL_TCP" });
    assert.equal((free as { readonly bindable: boolean }).bindable, true, JSON.stringify(free));
  });

  it("lists what Windows and others keep, and which ports are picked from", async () => {
    const port = await lab.take(5);
    await lab.pool.exclude("tcp", port, 2);
    await lab.pool.reserve("tcp", port + 2, 3);
    const { known, ranges, dynamicRange } = await call<Ranges>(`${admin}/ListExcludedRanges`, {
      protocol: "PROTOCOL_TCP",
    });
    assert.equal(known, true);
    const found = new Map(ranges.map(({ firstPort: first, ...rest }) => [first, rest]));
    const protocol = "PROTOCOL_TCP";
    assert.deepEqual(found.get(port), { protocol, lastPort: port + 1, administered: true });
    assert.deepEqual(found.get(port + 2), { protocol, lastPort: port + 4 });
    assert.deepEqual(dynamicRange, { protocol, firstPort: 49_152, lastPort: 65_535 });
  });

  it("reads an error of Windows with its number and what to do", async () => {
    await lab.pool.fail({ api: "CreatePersistentTcpPortReservation", error: 5, times: 1 });
    const asked = { pool: "default", first_port: await lab.take(2), port_count: 2 };
    const { stderr } = await runGrpcurl(lab.broker.address, [`${admin}/ReserveBlock`], asked, {
      authorization: `Bearer ${adminTokenIn(lab.adminTokenFile)}`,
    });
    assert.match(stderr, /Code: FailedPrecondition/);
    assert.match(stderr, /"reason": "BROKER_NOT_ELEVATED"/);
    assert.match(stderr, /"error_number": "5"/);
    assert.match(stderr, /Run it as administrator or as a service under LocalSystem/);
  });
});

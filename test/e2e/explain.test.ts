// ExplainPort and `portlease explain` against real brokers and the real sockets of a Linux host.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { status } from "@grpc/grpc-js";
import {
  type ExplainPortResponse,
  type PortFinding,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { Protocol } from "@portlease/proto/portlease/v1/common.js";
import { readUnprivilegedPortStart } from "@portlease/native";
import { describeOnLinux } from "../native/support/linux-only.js";
import { OtherProcess } from "../native/support/other-process.js";
import { BrokerLab } from "../support/broker-lab.js";
import type { BrokerProcess } from "../support/broker-process.js";
import { runCli } from "../support/cli.js";
import { fromMs, type LeaseCaller, unary } from "../support/lease-caller.js";
import { failureOf } from "../support/rpc-failure.js";

describeOnLinux("Explaining a port of a real host", () => {
  let lab: BrokerLab;
  let broker: BrokerProcess;
  let caller: LeaseCaller;
  let other: OtherProcess;
  let blockPort: number;

  before(async () => {
    lab = await BrokerLab.open();
    broker = await lab.start({ poolSize: 4 });
    caller = lab.caller(broker);
    other = await OtherProcess.start();
    blockPort = broker.ready.blocks[0]?.firstPort ?? 0;
  });

  after(async () => {
    await other.end();
    await lab.close();
  });

  function explain(
    port: number,
    protocol: Protocol = Protocol.PROTOCOL_TCP,
  ): Promise<ExplainPortResponse> {
    return unary(caller.adminClient.explainPort.bind(caller.adminClient), { port, protocol });
  }

  function blocking({ findings }: ExplainPortResponse): readonly string[] {
    return findings.filter((one) => one.blocking).map(({ reason }) => reason);
  }

  function finding(answer: ExplainPortResponse, reason: string): PortFinding {
    const found = answer.findings.find((one) => one.reason === reason);
    if (found === undefined) throw new Error(`no ${reason} in ${JSON.stringify(answer.findings)}`);
    return found;
  }

  it("says that a free port is free, in both protocols", async () => {
    const answer = await explain(await lab.takePorts(1), Protocol.PROTOCOL_UNSPECIFIED);
    assert.equal(answer.bindable, true);
    assert.deepEqual(answer.findings, []);
    assert.equal(answer.block, undefined);
  });

  it("names the process that listens, and is bindable again when it is gone", async () => {
    const port = await lab.takePorts(1);
    await other.tell({ do: "listen", port, address: "127.0.0.1" });
    const answer = await explain(port);
    assert.equal(answer.bindable, false);
    assert.deepEqual(blocking(answer), ["LISTENING"]);
    const expected = new RegExp(
      `^Process ${other.processId} \\(.*node.*\\) listens on 127\\.0\\.0\\.1:${port}\\.$`,
      "i",
    );
    assert.match(finding(answer, "LISTENING").message, expected);
    assert.match(finding(answer, "LISTENING").remedy, new RegExp(`kill ${other.processId}$`));
    await other.tell({ do: "close", port });
    assert.equal((await explain(port)).bindable, true);
  });

  it("names a process that is bound without listening", async () => {
    const port = await lab.takePorts(1);
    await other.tell({ do: "bind", port, address: "0.0.0.0" });
    const answer = await explain(port);
    // Kernels before 6.8 do not list such sockets: then the reason is unknown, and said to be.
    assert.match(blocking(answer).join(), /^(BOUND|BIND_REFUSED)$/);
    assert.equal(answer.bindable, false);
    await other.tell({ do: "close", port });
  });

  it("tells the block of a port that nobody leases", async () => {
    const answer = await explain(blockPort);
    assert.equal(answer.bindable, false);
    assert.deepEqual(blocking(answer), ["IN_BLOCK"]);
    assert.equal(answer.block?.firstPort, blockPort);
    assert.equal(answer.lease, undefined);
  });

  it("tells the lease of a leased port, and never its key", async () => {
    const lease = await caller.acquire({ preferredPort: blockPort + 1, ttl: fromMs(60_000) });
    const answer = await explain(blockPort + 1);
    assert.deepEqual(blocking(answer), ["LEASED"]);
    assert.equal(answer.lease?.leaseId, lease.leaseId);
    assert.match(answer.summary, /cannot be bound: it is leased to/);
    const text = JSON.stringify(answer, (_, value: unknown) =>
      typeof value === "bigint" ? value.toString() : value,
    );
    assert.ok(!text.includes(lease.holderKey));
  });

  it("names a server on the loopback in front of a server on all addresses", async () => {
    const port = await lab.takePorts(1);
    await other.tell({
      do: "lease",
      port,
      address: "0.0.0.0",
      bindMethod: "share-port",
      serve: true,
    });
    const second = await OtherProcess.start();
    try {
      const lessee = { do: "lease", port, bindMethod: "share-port", serve: true } as const;
      await second.tell({ ...lessee, address: "127.0.0.1" });
      const answer = await explain(port);
      assert.match(
        finding(answer, "ADDRESSES_SHARED").message,
        /0\.0\.0\.0:\d+ and at 127\.0\.0\.1/,
      );
      assert.match(finding(answer, "LISTENING").message, new RegExp(String(second.processId)));
    } finally {
      await second.end();
      await other.tell({ do: "close", port });
    }
  });

  it("counts what rests in TIME_WAIT, which is in nobody's way", async () => {
    const port = await lab.takePorts(1);
    await other.tell({
      do: "lease",
      port,
      address: "127.0.0.1",
      bindMethod: "share-port",
      serve: true,
    });
    const connection = connect({ port, host: "127.0.0.1" });
    await once(connection, "data");
    const closed = once(connection, "close");
    connection.resume();
    await other.tell({ do: "endConnections", port });
    await closed;
    await other.tell({ do: "close", port });
    const answer = await explain(port);
    assert.match(finding(answer, "TIME_WAIT").message, /^1 ended connection of TCP port/);
    assert.equal(answer.bindable, true);
  });

  it("tells the rights that a low port needs", async function () {
    const start = await readUnprivilegedPortStart();
    // Some containers let everybody bind every port.
    if (start === null || start < 2) return this.skip();
    const answer = await explain(1);
    assert.ok(blocking(answer).includes("PRIVILEGED_PORT"));
    assert.match(finding(answer, "PRIVILEGED_PORT").message, new RegExp(`\\(${start}\\)`));
  });

  it("tells the ports that the system keeps out of its own picks, and those it picks from", async function () {
    const sysctl = "/proc/sys/net/ipv4/";
    const [first = 0] = readFileSync(`${sysctl}ip_local_port_range`, "utf8")
      .split(/\s+/)
      .map(Number);
    const reserved = readFileSync(`${sysctl}ip_local_reserved_ports`, "utf8").trim();
    const [reservedPort = 0] = reserved.split(/[-,]/).map(Number);
    const port = reserved === "" ? first : reservedPort;
    const expected = reserved === "" ? "DYNAMIC_RANGE" : "ADMINISTERED_RANGE";
    assert.equal(finding(await explain(port), expected).blocking, false);
  });

  it("refuses what is no port and no protocol, naming the field", async () => {
    for (const port of [0, 65_536]) {
      const failure = await failureOf(explain(port));
      assert.equal(failure.code, status.INVALID_ARGUMENT);
      assert.deepEqual(
        failure.details.badRequest?.fieldViolations.map(({ field }) => field),
        ["port"],
      );
    }
    const failure = await failureOf(explain(80, 9 as Protocol));
    assert.equal(failure.code, status.INVALID_ARGUMENT);
  });

  it("the command prints the summary first and then each finding with what to do", async () => {
    const { stdout, exitCode } = await runCli([
      "explain",
      String(blockPort),
      "--protocol",
      "tcp",
      "--address",
      broker.address,
    ]);
    assert.equal(exitCode, 0);
    const [summary, empty, prevents, remedy] = stdout.split("\n");
    assert.match(
      summary ?? "",
      /^TCP port \d+ cannot be bound: it belongs to the broker's HELD block/,
    );
    assert.equal(empty, "");
    assert.match(prevents ?? "", /^prevents .* \[IN_BLOCK\]$/);
    assert.match(remedy ?? "", /^to do +Lease it with: portlease acquire/);
  });

  it("the command prints one JSON document that says who explained", async () => {
    const words = ["explain", String(blockPort), "--json", "--address", broker.address];
    const { stdout, exitCode } = await runCli(words);
    const answer = JSON.parse(stdout) as Record<string, unknown>;
    assert.equal(exitCode, 0);
    assert.equal(answer["bindable"], false);
    assert.equal(answer["broker"], broker.address);
    assert.equal((answer["block"] as Record<string, unknown>)["firstPort"], blockPort);
  });

  it("the command explains by itself where no broker answers, says so, and finds the broker's own hold", async () => {
    const nobody = `127.0.0.1:${await lab.takePorts(1)}`;
    const words = [
      "explain",
      String(blockPort),
      "--protocol",
      "tcp",
      "--json",
      "--address",
      nobody,
    ];
    const { stdout, stderr, exitCode } = await runCli(words);
    assert.equal(exitCode, 0);
    assert.match(stderr, new RegExp(`the broker at ${nobody} does not answer`));
    const answer = JSON.parse(stdout) as {
      bindable: boolean;
      broker: null;
      findings: PortFinding[];
    };
    assert.equal(answer.broker, null);
    assert.equal(answer.bindable, false);
    assert.match(answer.findings.map(({ reason }) => reason).join(), /^(BOUND|BIND_REFUSED)$/);
  });
});

// What a broker that is watched says of its leases besides that they are there, and what a line that breaks costs.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { credentials, Metadata } from "@grpc/grpc-js";
import {
  AdminServiceClient,
  ListBlocksRequest,
  type ListBlocksResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { GivenList } from "#fleet/sources/brokers/broker-list.js";
import { givenBrokers, noDefaults } from "#fleet/sources/brokers/broker-target.js";
import { TcpRelay } from "../../../support/tcp-relay.js";
import { eventually } from "../../../support/eventually.js";
import { unary } from "../../../support/lease-caller.js";
import { startTestBroker, type TestBroker } from "../../../support/running-broker.js";
import { BrokerFleet } from "./broker-fleet.js";

describe("a broker that is watched", () => {
  let broker: TestBroker;
  let line: TcpRelay;
  let fleet: BrokerFleet;

  beforeEach(async () => {
    broker = await startTestBroker({}, { auditEveryMs: 200 });
    line = await TcpRelay.start(broker.address);
    fleet = new BrokerFleet(new GivenList(givenBrokers([line.endpoint], noDefaults)));
    await fleet.untilHeard(line.endpoint);
    await fleet.caller(broker.address).acquire();
    await untilLeases(1);
  });

  afterEach(async () => {
    await fleet.close();
    await line.close();
    await broker.dispose();
  });

  async function untilLeases(count: number): Promise<void> {
    await fleet.until(`${count} leases`, line.endpoint, ({ leases }) => leases.length === count);
  }

  it("goes on with its leases where it was when the line breaks, and was there all the while", async () => {
    const before = fleet.hosts[0]?.leases[0];
    line.break();
    await eventually("it is missed", () => fleet.source.stats.failures > 0);
    assert.equal(fleet.hosts[0]?.state, "heard-from");
    await fleet.caller(broker.address).acquire();
    line.mend();
    await untilLeases(2);
    assert.equal(fleet.hosts[0]?.leases[0], before);
    assert.equal(fleet.source.stats.snapshots, 1);
    assert.equal(fleet.source.stats.resumes, 1);
    await eventually("it is no problem any more", () => {
      const problems = fleet.view.problemsOf(fleet.hosts[0]?.hostId ?? "");
      return problems.every(({ problem }) => problem.reason !== "SOURCE_UNREACHABLE");
    });
  });

  it("shows that an operator drains the block of a lease, also of those that were there before", async () => {
    const record = () => fleet.hosts[0]?.leases[0]?.record;
    // After that nothing changes of the lease itself.
    await eventually("the audit has seen it", () => record()?.binding === "unbound");
    assert.equal(record()?.draining, false);
    await drainBlocks();
    await eventually("it is drained", () => record()?.draining === true);
    // A source that begins now sees the same.
    const other = new BrokerFleet(new GivenList(givenBrokers([broker.address], noDefaults)));
    try {
      const drains = ({
        leases,
      }: {
        readonly leases: readonly { record: { draining: boolean } }[];
      }) => leases[0]?.record.draining === true;
      await other.until("it is drained", broker.address, drains);
    } finally {
      await other.close();
    }
  });

  async function drainBlocks(): Promise<void> {
    const admin = new AdminServiceClient(broker.address, credentials.createInsecure());
    const metadata = new Metadata();
    const token = readFileSync(broker.adminTokenFile, "utf8").trim();
    metadata.set("authorization", `Bearer ${token}`);
    try {
      const { blocks } = await unary<ListBlocksRequest, ListBlocksResponse>(
        (message, _metadata, options, callback) =>
          admin.listBlocks(message, metadata, options, callback),
        ListBlocksRequest.fromPartial({}),
      );
      for (const { blockId } of blocks) {
        await unary(
          (message, _metadata, options, callback) =>
            admin.drainBlock(message, metadata, options, callback),
          { blockId, undo: false },
        );
      }
    } finally {
      admin.close();
    }
  }
});

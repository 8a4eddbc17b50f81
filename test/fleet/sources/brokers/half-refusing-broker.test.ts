// A broker that tells of itself, but refuses to tell of its leases: as one with as many watches as it takes.

import assert from "node:assert/strict";
import { once } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Server, ServerCredentials, type ServerWritableStream, status } from "@grpc/grpc-js";
import {
  AdminServiceService,
  GetBrokerResponse,
  GetUsageHistoryResponse,
  WatchBrokerResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { LeaseServiceService } from "@portlease/proto/portlease/v1/lease_service.js";
import { GivenList } from "#fleet/sources/brokers/broker-list.js";
import { givenBrokers, noDefaults } from "#fleet/sources/brokers/broker-target.js";
import { type Pacing, systemPacing } from "#fleet/sources/pacing.js";
import { longestPauseMs } from "#fleet/sources/retry-pauses.js";
import { eventually } from "../../../support/eventually.js";
import { BrokerFleet } from "./broker-fleet.js";

type Stream = ServerWritableStream<unknown, WatchBrokerResponse>;
type Answer = (error: { code: status; details: string } | null, value?: unknown) => void;

describe("a broker that refuses to tell of its leases", () => {
  let server: Server;
  let fleet: BrokerFleet;

  afterEach(async () => {
    await fleet.close();
    server.forceShutdown();
  });

  it("is asked more and more seldom, though it tells of itself", async () => {
    const broker = GetBrokerResponse.create({ host: "full" });
    server = new Server();
    server.addService(AdminServiceService, {
      getBroker: (_call: unknown, answer: Answer) => answer(null, broker),
      getUsageHistory: (_call: unknown, answer: Answer) =>
        answer(null, GetUsageHistoryResponse.create()),
      watchBroker: (stream: Stream) => stream.write(WatchBrokerResponse.create({ broker })),
    });
    let heard = 0;
    server.addService(LeaseServiceService, {
      // Only once the broker was heard.
      watchLeases: (stream: Stream) =>
        void eventually("it is heard", () => fleet.source.stats.sinceHeardMs !== null)
          .then(nextTurn)
          .then(() => {
            heard += 1;
            stream.emit("error", { code: status.RESOURCE_EXHAUSTED, details: "too many watches" });
          }),
    });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    const pauses: number[] = [];
    const pacing: Pacing = {
      ...systemPacing,
      random: () => 0,
      pause: async (durationMs, signal) => {
        if (durationMs <= longestPauseMs) pauses.push(durationMs);
        else if (!signal.aborted) await once(signal, "abort");
      },
    };
    fleet = new BrokerFleet(new GivenList(givenBrokers([`127.0.0.1:${port}`], noDefaults)), pacing);
    await eventually("some tries", () => heard > 4);
    assert.deepEqual(pauses.slice(0, 4), [125, 250, 500, 1_000]);
  });
});

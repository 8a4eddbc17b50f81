// grpc.health.v1: which services say NOT_SERVING when nothing can be granted, and which go on.

import assert from "node:assert/strict";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { brokerHealth, Health } from "#server/grpc/health.js";
import { LeaseCaller } from "../support/lease-caller.js";

describe("Health", () => {
  let health: Health;
  let server: Server;
  let caller: LeaseCaller;

  beforeEach(async () => {
    health = new Health(brokerHealth);
    server = new Server();
    health.addToServer(server);
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      ),
    );
    caller = new LeaseCaller(`127.0.0.1:${port}`);
  });

  afterEach(() => {
    caller.close();
    server.forceShutdown();
  });

  const readOnly = "the broker is read-only";

  async function states(): Promise<readonly string[]> {
    const services = ["", "portlease.v1.LeaseService", "portlease.v1.AdminService"];
    return Promise.all(services.map((service) => caller.health(service)));
  }

  const allServing = ["SERVING", "SERVING", "SERVING"];
  const noGrants = ["NOT_SERVING", "NOT_SERVING", "SERVING"];

  it("says that grants are impossible while the store cannot write, and that reads go on", async () => {
    assert.deepEqual(await states(), allServing);
    health.setObstacle(readOnly);
    assert.deepEqual(await states(), noGrants);
    health.setObstacle(null);
    assert.deepEqual(await states(), allServing);
  });

  it("stays so once the broker is stopping, whatever the store does meanwhile", async () => {
    health.setObstacle(readOnly);
    health.setStopping("the broker is stopping");
    health.setObstacle(null);
    assert.deepEqual(await states(), noGrants);
  });
});

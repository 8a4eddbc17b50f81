// Each server lists by reflection what it serves, and nothing that the other one does.

import assert from "node:assert/strict";
import { listedServices } from "../../support/listed-services.js";
import { startTestBroker } from "../../support/running-broker.js";
import { brokersSource, startTestFleet } from "../../support/running-fleet.js";

describe("reflection", () => {
  const health = "grpc.health.v1.Health";

  for (const version of ["v1", "v1alpha"] as const) {
    it(`lists the services of a fleet server, in ${version}`, async () => {
      const fleet = await startTestFleet(brokersSource("127.0.0.1:1"));
      try {
        const services = await listedServices(fleet.address, version);
        assert.deepEqual(services, [health, "portlease.v1.FleetService"]);
      } finally {
        await fleet.dispose();
      }
    });

    it(`lists the services of a broker, in ${version}`, async () => {
      const broker = await startTestBroker();
      try {
        const services = await listedServices(broker.address, version);
        const own = ["portlease.v1.AdminService", "portlease.v1.LeaseService"];
        assert.deepEqual(services, [health, ...own]);
      } finally {
        await broker.dispose();
      }
    });
  }
});

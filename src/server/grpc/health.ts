// grpc.health.v1: what can be served now, overall and per service.

import type { Server } from "@grpc/grpc-js";
import { HealthImplementation } from "grpc-health-check";

const leaseServiceName = "portlease.v1.LeaseService";
const adminServiceName = "portlease.v1.AdminService";

export class Health {
  readonly #implementation = new HealthImplementation({
    "": "SERVING",
    [leaseServiceName]: "SERVING",
    [adminServiceName]: "SERVING",
  });

  addToServer(server: Server): void {
    this.#implementation.addToServer(server);
  }

  /** NOT_SERVING while grants are impossible: the store cannot write, or the broker is stopping. Reads go on. */
  setServing(serving: boolean): void {
    const status = serving ? "SERVING" : "NOT_SERVING";
    this.#implementation.setStatus("", status);
    this.#implementation.setStatus(leaseServiceName, status);
  }
}

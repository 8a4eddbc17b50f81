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

  #storeWorks = true;
  #stopping = false;

  /** In a word, for probes that do not speak gRPC. */
  get state(): "serving" | "read-only" | "stopping" {
    if (this.#stopping) return "stopping";
    return this.#storeWorks ? "serving" : "read-only";
  }

  addToServer(server: Server): void {
    this.#implementation.addToServer(server);
  }

  /** While the store cannot write there are no grants, so LeaseService, and with it the whole, is NOT_SERVING. Reads go on. */
  setStoreWorks(works: boolean): void {
    this.#storeWorks = works;
    this.#tell();
  }

  /** For good: a store that recovers meanwhile changes nothing. */
  setStopping(): void {
    this.#stopping = true;
    this.#tell();
  }

  #tell(): void {
    const status = this.#storeWorks && !this.#stopping ? "SERVING" : "NOT_SERVING";
    this.#implementation.setStatus("", status);
    this.#implementation.setStatus(leaseServiceName, status);
  }
}

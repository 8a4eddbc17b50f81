// grpc.health.v1: what can be served now, overall and per service.

import type { Server } from "@grpc/grpc-js";
import { HealthImplementation } from "grpc-health-check";

export interface HealthServices {
  /** Those that serve nothing while something is in the way, with their package. */
  readonly dependent: readonly string[];
  /** Those that go on whatever happens. */
  readonly lasting: readonly string[];
}

/** While a broker's store cannot write there are no grants. Reads go on. */
export const brokerHealth: HealthServices = {
  dependent: ["portlease.v1.LeaseService"],
  lasting: ["portlease.v1.AdminService"],
};

export class Health {
  readonly #implementation: HealthImplementation;
  readonly #dependent: readonly string[];
  #obstacle: string | null;
  #stopping: string | null = null;

  /** `obstacle`: as for setObstacle, from the start. */
  constructor({ dependent, lasting }: HealthServices, obstacle: string | null = null) {
    this.#dependent = ["", ...dependent];
    this.#obstacle = obstacle;
    const names = [...this.#dependent, ...lasting];
    this.#implementation = new HealthImplementation(
      Object.fromEntries(names.map((name) => [name, "SERVING"] as const)),
    );
    this.#tell();
  }

  /** Why it is not ready, as a sentence without its end, for probes that do not speak gRPC; `null`: it is. */
  get obstacle(): string | null {
    return this.#stopping ?? this.#obstacle;
  }

  addToServer(server: Server): void {
    this.#implementation.addToServer(server);
  }

  /** What is in the way, as a sentence without its end; `null`: nothing any more. Meanwhile the whole is NOT_SERVING. */
  setObstacle(obstacle: string | null): void {
    this.#obstacle = obstacle;
    this.#tell();
  }

  /** For good: an obstacle that goes away meanwhile changes nothing. `why` as for setObstacle. */
  setStopping(why: string): void {
    this.#stopping = why;
    this.#tell();
  }

  #tell(): void {
    const status = this.obstacle === null ? "SERVING" : "NOT_SERVING";
    for (const service of this.#dependent) this.#implementation.setStatus(service, status);
  }
}

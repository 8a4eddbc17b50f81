// grpc.health.v1: what can be served now, overall and per service.

import { type Server, status } from "@grpc/grpc-js";
import {
  type HealthCheckRequest,
  type HealthCheckResponse,
  HealthCheckResponse_ServingStatus as ServingStatus,
  type HealthListResponse,
  type HealthServer,
  HealthService,
} from "@portlease/proto/grpc/health/v1/health.js";

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

type Watch = Parameters<HealthServer["watch"]>[0];

export class Health {
  readonly #dependent: readonly string[];
  /** By the names of services; "": the server as a whole. */
  readonly #states = new Map<string, ServingStatus>();
  readonly #watches = new Set<Watch>();
  #obstacle: string | null;
  #stopping: string | null = null;

  /** `obstacle`: as for setObstacle, from the start. */
  constructor({ dependent, lasting }: HealthServices, obstacle: string | null = null) {
    this.#dependent = ["", ...dependent];
    this.#obstacle = obstacle;
    for (const service of lasting) this.#states.set(service, ServingStatus.SERVING);
    this.#tell();
  }

  /** Why it is not ready, as a sentence without its end, for probes that do not speak gRPC; `null`: it is. */
  get obstacle(): string | null {
    return this.#stopping ?? this.#obstacle;
  }

  addToServer(server: Server): void {
    const implementation: HealthServer = {
      check: ({ request }, callback) => {
        const state = this.#states.get(request.service);
        if (state === undefined) callback({ code: status.NOT_FOUND, details: unknown(request) });
        else callback(null, { status: state });
      },
      list: (_call, callback) => callback(null, this.#list()),
      watch: (call) => {
        this.#watches.add(call);
        // A call that is over in any way is cancelled: a watch never ends by itself.
        call.on("cancelled", () => this.#watches.delete(call));
        call.write(this.#stateOf(call));
      },
    };
    server.addService(HealthService, implementation);
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
    const state = this.obstacle === null ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
    const changed = this.#dependent.filter((service) => this.#states.get(service) !== state);
    for (const service of changed) this.#states.set(service, state);
    for (const watch of this.#watches) {
      if (changed.includes(watch.request.service)) watch.write(this.#stateOf(watch));
    }
  }

  #stateOf({ request }: Watch): HealthCheckResponse {
    return { status: this.#states.get(request.service) ?? ServingStatus.SERVICE_UNKNOWN };
  }

  #list(): HealthListResponse {
    return {
      statuses: Object.fromEntries(
        [...this.#states].map(([name, state]) => [name, { status: state }]),
      ),
    };
  }
}

function unknown({ service }: HealthCheckRequest): string {
  return `Health status unknown for service ${service}`;
}

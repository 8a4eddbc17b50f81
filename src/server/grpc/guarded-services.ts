// The services of the API with the guard before each method, made once and given to every server: who comes by HTTP meets the same
// gate, the same handlers and the same limits as who comes by gRPC.

import type { Metadata, ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import type { BrokerError } from "../domain/errors.js";
import { Guard, type GuardParts } from "./guard.js";
import type { RpcCounters } from "./rpc-counters.js";

/** A service before anybody guards it. */
export interface ServedService {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

export interface GuardedService {
  /** With its package: "portlease.v1.AdminService". */
  readonly name: string;
  readonly definition: ServiceDefinition;
  readonly handlers: UntypedServiceImplementation;
}

export class GuardedServices {
  readonly all: readonly GuardedService[];
  readonly #guard: Guard;

  constructor(services: readonly ServedService[], parts: GuardParts) {
    this.#guard = new Guard(parts);
    this.all = services.map(({ definition, implementation }) => ({
      name: nameOf(definition),
      definition,
      handlers: this.#guard.around(definition, implementation),
    }));
  }

  /** The calls of the services so far. */
  get counters(): RpcCounters {
    return this.#guard.counters;
  }

  /** For what is served beside methods. Throws BrokerError. */
  admit(path: string, metadata: Metadata, peer: string): void {
    this.#guard.admit(path, metadata, peer);
  }

  /** Ends the calls under way of callers who may not make them any more. Call it when tokens have changed. */
  checkCalls(): void {
    this.#guard.checkCalls();
  }

  /** Ends all calls that are under way, on every server, with the same error. */
  endAll(error: BrokerError): void {
    this.#guard.endAll(error);
  }
}

/** Each of its methods has it: "/portlease.v1.AdminService/ListBlocks". */
function nameOf(definition: ServiceDefinition): string {
  const [method] = Object.values(definition);
  return method?.path.split("/")[1] ?? "";
}

// Which listens are leased, and which are Node's alone. Pure: what it must know of the process comes in.

import type { ListenPlace } from "./listen-arguments.js";
import type { PassedPorts } from "./passed-ports.js";
import type { Environment } from "./settings.js";

export type ListenDecision =
  /** Nothing to do with us: as Node would. */
  | { readonly kind: "leave" }
  /** `service`: `null`: this process's own. `port`: `null`: whichever the broker gives, else that one and no other. */
  | { readonly kind: "lease"; readonly service: string | null; readonly port: number | null }
  /** One more address of a port that this process leases already. */
  | { readonly kind: "join"; readonly port: number }
  /** Leased by `portlease run`, and listening already as this descriptor. */
  | { readonly kind: "passed"; readonly port: number; readonly descriptor: number }
  /** Leased by `portlease run`, which passed its socket to the process `ownerProcessId`. */
  | { readonly kind: "passed-elsewhere"; readonly port: number; readonly ownerProcessId: number };

export interface ProcessFacts {
  /** The ports that the environment names, but not those of `passed`. */
  readonly environmentPorts: ReadonlySet<number>;
  /** What `portlease run` passed down; `null` where it did not start this program. */
  readonly passed: PassedPorts | null;
  readonly processId: number;
  /** Whether this process leases the port already. */
  readonly leases: (port: number) => boolean;
}

export function decide(place: ListenPlace, facts: ProcessFacts): ListenDecision {
  if (place.kind === "name") return { kind: "lease", service: place.name || null, port: null };
  if (place.kind !== "port") return { kind: "leave" };
  const { port } = place;
  if (port === 0) return { kind: "lease", service: null, port: null };
  if (facts.leases(port)) return { kind: "join", port };
  const { passed, processId } = facts;
  const descriptor = passed?.descriptors.get(port);
  if (passed !== null && descriptor !== undefined) {
    const { ownerProcessId } = passed;
    return ownerProcessId === processId
      ? { kind: "passed", port, descriptor }
      : { kind: "passed-elsewhere", port, ownerProcessId };
  }
  if (facts.environmentPorts.has(port)) return { kind: "lease", service: null, port };
  return { kind: "leave" };
}

/**
 * The numbers in PORTLEASE_PORT and PORT. Ports that `portlease run` leased for this program are not among them, with or without
 * a socket: they are its lease's, and one it passed no socket for is bound by its number.
 */
export function environmentPorts(environment: Environment): ReadonlySet<number> {
  if (environment["PORTLEASE_LEASE_ID"]) return new Set();
  const texts = [environment["PORTLEASE_PORT"], environment["PORT"]];
  return new Set(texts.filter((text) => /^\d{1,5}$/.test(text ?? "")).map(Number));
}

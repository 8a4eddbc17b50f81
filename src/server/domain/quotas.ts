// How many ports of a pool each service has, and whether it may have more. Counts live leases and grants under way, so that
// requests at the same time never get more together than one after the other. The empty name counts as a service too.

import { BrokerError } from "./errors.js";
import type { PoolPolicy } from "./pool-policy.js";

export class Quotas {
  #policy: PoolPolicy;
  readonly #used = new Map<string, number>();

  constructor(policy: PoolPolicy) {
    this.#policy = policy;
  }

  /** Another policy counts from now on. A service that has more than it allows keeps them. */
  changePolicy(policy: PoolPolicy): void {
    this.#policy = policy;
  }

  /** The services that have ports, and how many. */
  entries(): Iterable<readonly [service: string, portCount: number]> {
    return this.#used;
  }

  /** How many services have ports. */
  get services(): number {
    return this.#used.size;
  }

  used(service: string): number {
    return this.#used.get(service) ?? 0;
  }

  /** How many ports the service may have; `null`: no limit. */
  limitOf(service: string): number | null {
    const { perService, services } = this.#policy.quota;
    const own = services.get(service);
    return own === undefined ? perService : own;
  }

  /** Throws quota_exceeded when the service may not have so many ports more. */
  check(service: string, portCount: number): void {
    const { name } = this.#policy;
    const limit = this.limitOf(service);
    const used = this.used(service);
    if (limit !== null && used + portCount > limit) {
      throw quotaExceeded({ pool: name, service, quota: limit, used, asked: portCount });
    }
  }

  add(service: string, portCount: number): void {
    this.#used.set(service, this.used(service) + portCount);
  }

  subtract(service: string, portCount: number): void {
    const left = this.used(service) - portCount;
    // A service that has nothing takes no memory: names come from callers.
    if (left > 0) this.#used.set(service, left);
    else this.#used.delete(service);
  }

  clear(): void {
    this.#used.clear();
  }
}

interface Exceeded {
  readonly pool: string;
  readonly service: string;
  readonly quota: number;
  readonly used: number;
  readonly asked: number;
}

/** Names come from callers: what is echoed is bounded. */
const echoedLengthMax = 64;

function quotaExceeded({ pool, service: name, quota, used, asked }: Exceeded): BrokerError {
  const service = name.slice(0, echoedLengthMax);
  const lasting = asked > quota;
  const wayOut = lasting ? "ask for fewer" : "release leases, wait for some to expire";
  return new BrokerError(
    "quota_exceeded",
    `service "${service}" has ${used} ports of pool "${pool}" and may have ${quota}, so it cannot have ${asked} more; ` +
      `${wayOut}, or have its quota raised (portlease quota set)`,
    {
      subject: `pool:${pool}/service:${service}`,
      metadata: {
        pool,
        service,
        quota: String(quota),
        used: String(used),
        asked: String(asked),
      },
      lasting,
    },
  );
}

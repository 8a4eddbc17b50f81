// What operators were answered of pins and quotas, and what must follow: a grant that was asked for after such an answer keeps to
// it, and the broker that serves knows it, through every crash. What was asked and not answered may be so or not.

import type { PoolConfig } from "#server/config/config.js";
import type { Broker } from "#server/domain/broker.js";
import type { LeaseRecord } from "#server/domain/records.js";
import type { Findings } from "./findings.js";

/** Of a pin: the service, or `null` for nobody. Of a quota: ports, `null` for no limit, or "none" where the service has none. */
export type WordValue = string | number | null;

interface Word {
  readonly value: WordValue;
  /** When it was answered, in true time. */
  readonly sinceMs: number;
}

export function pinKey(port: number): string {
  return `pin ${port}`;
}

export function quotaKey(service: string): string {
  return `quota ${service}`;
}

export class PolicyWords {
  readonly #pool: PoolConfig;
  /** `null`: something was asked, and it is not known what became of it. */
  readonly #words = new Map<string, Word | null>();

  constructor(pool: PoolConfig) {
    this.#pool = pool;
  }

  asked(key: string): void {
    this.#words.set(key, null);
  }

  answered(key: string, value: WordValue, sinceMs: number): void {
    this.#words.set(key, { value, sinceMs });
  }

  /** What the configuration says, to which a reset goes back. */
  configuredPin(port: number): string | null {
    return this.#pool.pins.find((pin) => pin.port === port)?.service ?? null;
  }

  configuredQuota(service: string): WordValue {
    return service === "*" ? this.#pool.quota.perService : "none";
  }

  /** `receivedMs`: when the request came in. `used`: the ports that its service has with it. */
  checkGrant(record: LeaseRecord, receivedMs: number, used: number, findings: Findings): void {
    const { leaseId, ports, holder } = record;
    const { service } = holder;
    for (let port = ports.firstPort; port <= ports.lastPort; port += 1) {
      const pin = this.#wordOn(pinKey(port), this.configuredPin(port));
      findings.check(
        pin === null || pin.sinceMs > receivedMs || pin.value === null || pin.value === service,
        "pins: a port is never given to others",
        () => `port ${port} of ${pin?.value} is in lease ${leaseId} of ${service}`,
      );
    }
    const own = this.#wordOn(quotaKey(service), this.configuredQuota(service));
    const quota =
      own?.value === "none" ? this.#wordOn(quotaKey("*"), this.configuredQuota("*")) : own;
    if (own === null || quota === null || typeof quota.value !== "number") return;
    findings.check(
      Math.max(own.sinceMs, quota.sinceMs) > receivedMs || used <= quota.value,
      "quotas: a service never gets more ports than its quota",
      () => `${service} has ${used} of ${quota.value} with lease ${leaseId}`,
    );
  }

  /** What was answered is what counts, also in the broker's next lives. */
  checkServing(core: Broker, findings: Findings): void {
    const policy = core.pools.find(({ policy: { retired } }) => !retired)?.policy;
    // While the store is out of order, memory follows the disk later.
    if (policy === undefined || core.readOnlyReason !== null) return;
    for (const [key, word] of this.#words) {
      if (word === null) continue;
      const [kind = "", name = ""] = key.split(" ");
      const { perService, services } = policy.quota;
      const own = services.get(name);
      const quota = name === "*" ? perService : own === undefined ? "none" : own;
      const pin = policy.pins.find(({ port }) => port === Number(name))?.service ?? null;
      const value = kind === "pin" ? pin : quota;
      findings.check(
        value === word.value,
        "2: what an operator was answered counts, through every crash",
        () => `${key} was answered as ${word.value}, and is ${value}`,
      );
    }
  }

  #wordOn(key: string, configured: WordValue): Word | null {
    const word = this.#words.get(key);
    return word === undefined ? { value: configured, sinceMs: -Infinity } : word;
  }
}

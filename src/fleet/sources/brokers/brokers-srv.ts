// The list of brokers in DNS, as SRV records (RFC 2782): looked up again and again. A lookup that fails, or finds none, leaves the list
// as it was: a name server that is down is no fleet without hosts.

import { Resolver } from "node:dns/promises";
import type { Pacing } from "../pacing.js";
import type { BrokerList, BrokerListListener } from "./broker-list.js";
import { type BrokerDefaults, BrokerListError, givenBrokers } from "./broker-target.js";

/** Node does not tell how long an answer is good for. A host that comes or goes is seen within so long. */
export const lookUpEveryMs = 30_000;

export type SrvResolver = Pick<Resolver, "cancel" | "resolveSrv">;

export class BrokersSrv implements BrokerList {
  readonly name: string;
  readonly #service: string;
  readonly #defaults: BrokerDefaults;
  readonly #pacing: Pacing;
  readonly #resolver: SrvResolver;

  /** `service`: such as "_portlease._tcp.example.org". */
  constructor(
    service: string,
    defaults: BrokerDefaults,
    pacing: Pacing,
    resolver: SrvResolver = new Resolver(),
  ) {
    this.name = `the SRV records of ${service}`;
    this.#service = service;
    this.#defaults = defaults;
    this.#pacing = pacing;
    this.#resolver = resolver;
  }

  async follow(listener: BrokerListListener, signal: AbortSignal): Promise<void> {
    const cancel = (): void => this.#resolver.cancel();
    signal.addEventListener("abort", cancel, { once: true });
    while (!signal.aborted) {
      await this.#lookUp(listener, signal);
      await this.#pacing.pause(lookUpEveryMs, signal);
    }
    signal.removeEventListener("abort", cancel);
  }

  async #lookUp(listener: BrokerListListener, signal: AbortSignal): Promise<void> {
    try {
      const records = await this.#resolver.resolveSrv(this.#service);
      // A target of "." says that the service is decidedly not there; Node tells it as "".
      const there = records.filter(({ name }) => name !== "" && name !== ".");
      if (there.length === 0) throw new BrokerListError("there is none");
      const addresses = there.map(({ name, port }) => `${name.replace(/\.$/, "")}:${port}`);
      const brokers = givenBrokers([...new Set(addresses)].toSorted(), this.#defaults);
      if (!signal.aborted) listener.changed(brokers);
    } catch (error) {
      if (signal.aborted) return;
      const why = (error as Error).message;
      listener.failed(error instanceof BrokerListError ? why : `they cannot be looked up: ${why}`);
    }
  }
}

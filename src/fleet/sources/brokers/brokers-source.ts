// A small fleet without etcd, as a source: watches each broker of a list by itself.

import type { Log } from "../../../server/log.js";
import type { FleetSink } from "../../view/fleet-sink.js";
import {
  type FleetSource,
  FleetSourceError,
  type ForgottenHost,
  type SourceStats,
} from "../fleet-source.js";
import { type Pacing, systemPacing } from "../pacing.js";
import { SourceCounters } from "../source-counters.js";
import { BrokerLink } from "./broker-link.js";
import type { BrokerList } from "./broker-list.js";
import { hostOf } from "./broker-picture.js";
import type { BrokerTarget } from "./broker-target.js";
import { assignHostIds } from "./host-ids.js";

export interface BrokersSourceOptions {
  readonly list: BrokerList;
  readonly sink: FleetSink;
  readonly log: Log;
  readonly pacing?: Pacing;
}

export class BrokersSource implements FleetSource {
  readonly kind = "brokers";
  readonly #list: BrokerList;
  readonly #sink: FleetSink;
  readonly #log: Log;
  readonly #pacing: Pacing;
  readonly #counters: SourceCounters;
  /** By address. */
  readonly #links = new Map<string, BrokerLink>();
  readonly #closing = new AbortController();
  readonly #leaving = new Set<Promise<void>>();
  #following: Promise<void> = Promise.resolve();
  #listFailure: string | null = null;
  #told: string | null = null;

  constructor({ list, sink, log, pacing = systemPacing }: BrokersSourceOptions) {
    this.#list = list;
    this.#sink = sink;
    this.#log = log;
    this.#pacing = pacing;
    this.#counters = new SourceCounters(pacing.clock);
  }

  get addresses(): readonly string[] {
    return [...this.#links.keys()].toSorted();
  }

  get stats(): SourceStats {
    return this.#counters;
  }

  start(): void {
    this.#following = this.#list.follow(
      {
        changed: (brokers) => this.#replace(brokers),
        failed: (why) => this.#listFailed(why),
      },
      this.#closing.signal,
    );
  }

  forgetHost(hostId: string): Promise<ForgottenHost> {
    const error = new FleetSourceError(
      "HOSTS_ARE_GIVEN",
      `the host ${hostId} cannot be forgotten: the hosts of this fleet server are given, in ${this.#list.name}. Take its broker out of it.`,
    );
    return Promise.reject(error);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const closing = [...this.#links.values()].map((link) => link.close());
    await Promise.all([this.#following, ...closing, ...this.#leaving]);
  }

  #replace(brokers: readonly BrokerTarget[]): void {
    if (this.#closing.signal.aborted) return;
    this.#listHeard();
    const wanted = new Map(brokers.map((target) => [target.address, target] as const));
    for (const [address, link] of this.#links) {
      const target = wanted.get(address);
      if (target !== undefined && isSame(target, link.target)) continue;
      this.#links.delete(address);
      this.#leave(link);
    }
    const names = this.#names();
    for (const [address, target] of wanted) {
      if (!names.has(address)) names.set(address, target.name ?? hostOf(address));
    }
    const ids = assignHostIds(names);
    this.#rename(ids);
    for (const [address, target] of wanted) {
      if (this.#links.has(address)) continue;
      this.#links.set(address, this.#newLink(target, ids.get(address) ?? address));
    }
    this.#changed();
  }

  #newLink(target: BrokerTarget, hostId: string): BrokerLink {
    return new BrokerLink(target, hostId, {
      sink: this.#sink,
      pacing: this.#pacing,
      counters: this.#counters,
      log: this.#log,
      changed: () => this.#changed(),
    });
  }

  #leave(link: BrokerLink): void {
    const left = link.close();
    link.told.remove();
    this.#leaving.add(left);
    void left.finally(() => this.#leaving.delete(left));
    this.#log.info("a broker is in the list no more", { address: link.target.address });
  }

  #changed(): void {
    if (this.#closing.signal.aborted) return;
    this.#rename(assignHostIds(this.#names()));
    this.#tellState();
  }

  #names(): Map<string, string> {
    return new Map([...this.#links].map(([address, link]) => [address, link.name] as const));
  }

  #rename(ids: ReadonlyMap<string, string>): void {
    const renamed = [...this.#links.values()].flatMap(({ target, told }) => {
      const hostId = ids.get(target.address) ?? told.hostId;
      return hostId === told.hostId ? [] : [{ told, hostId }];
    });
    // All of the old ids go first: one of them may be the next one of another host.
    for (const { told } of renamed) told.withdraw();
    for (const { told, hostId } of renamed) told.tellAs(hostId);
  }

  /** Connected as long as one is heard: which one is not, its own host says. */
  #tellState(): void {
    const links = [...this.#links.values()];
    const connected = links.some((link) => link.connected);
    const failure = links.find((link) => link.failure !== null)?.failure ?? null;
    // Before the first of them has failed or is heard, there is nothing to tell.
    if (!connected && failure === null) return;
    const detail = connected
      ? ""
      : `none of ${links.length} brokers is heard; of one of them: ${failure ?? ""}`;
    if (detail === this.#told) return;
    this.#told = detail;
    this.#sink.setSource({ connected, detail });
  }

  #listFailed(why: string): void {
    const key = this.#list.name;
    if (this.#listFailure !== why) {
      this.#log.warn(`${key} cannot be used; what was in it before counts`, { reason: why });
    }
    this.#listFailure = why;
    this.#counters.unreadable = 1;
    this.#sink.setUnreadable(key, { key, why });
    if (this.#links.size === 0) {
      this.#sink.setSource({ connected: false, detail: `${key} cannot be used: ${why}` });
    }
  }

  #listHeard(): void {
    if (this.#listFailure === null) return;
    this.#listFailure = null;
    this.#counters.unreadable = 0;
    this.#sink.setUnreadable(this.#list.name, null);
  }
}

function isSame(one: BrokerTarget, other: BrokerTarget): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

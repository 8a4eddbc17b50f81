// What a broker of the list has said of itself: put together from the parts of WatchBroker, and told as a host's record.

import type {
  GetBrokerResponse,
  WatchBrokerResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { type Block, Block_State, type Pool } from "@portlease/proto/portlease/v1/pool.js";
import { createHash } from "node:crypto";
import { isLoopback, findListenAddress } from "../../../server/config/listen-address.js";
import type { GrantCounts, HostRecord, ProblemRecord } from "../../records/host-record.js";
import type { LeaseRecord } from "../../records/lease-record.js";
import {
  addressLengthMax,
  poolsMax,
  problemsMax,
  wordLengthMax,
} from "../../records/record-limits.js";
import { poolRecord, problemRecord, protocolOf, servingOf } from "./broker-records.js";
import { noGrants } from "./grant-minutes.js";
import { textWithin, urlWithin, wallMsWithin } from "./within-bounds.js";

export class BrokerPicture {
  readonly #address: string;
  #broker: GetBrokerResponse | null = null;
  readonly #pools = new Map<string, Pool>();
  readonly #blocks = new Map<string, Block>();
  #isFirst = true;
  grants: GrantCounts = noGrants;
  /** It said that it stops. */
  stopped = false;

  constructor(address: string) {
    this.#address = address;
  }

  /** What its host calls itself; `null`: it was never heard. */
  get hostName(): string | null {
    return this.#broker?.host ?? null;
  }

  /** A new connection: its first part has everything, and until then what was known is shown. */
  begin(broker: GetBrokerResponse): void {
    this.#broker = broker;
    this.#isFirst = true;
    this.stopped = false;
  }

  /** Takes in what has changed. Returns whether which blocks are drained has. */
  update({ broker, pools, removedPools, blocks, removedBlockIds }: WatchBrokerResponse): boolean {
    const before = this.#drained().join(" ");
    if (this.#isFirst) {
      this.#pools.clear();
      this.#blocks.clear();
    }
    this.#isFirst = false;
    if (broker !== undefined) this.#broker = broker;
    for (const pool of pools) this.#pools.set(pool.pool, pool);
    for (const name of removedPools) this.#pools.delete(name);
    for (const block of blocks) this.#blocks.set(block.blockId, block);
    for (const blockId of removedBlockIds) this.#blocks.delete(blockId);
    return this.#drained().join(" ") !== before;
  }

  /** Whether an operator drains the block of the port. */
  drains({ protocol, port }: Pick<LeaseRecord, "protocol" | "port">): boolean {
    for (const block of this.#blocks.values()) {
      if (block.state !== Block_State.STATE_DRAINING) continue;
      const inRange = port >= block.firstPort && port < block.firstPort + block.portCount;
      if (!inRange) continue;
      if (protocol === "tcp-and-udp" || protocolOf(block.protocol) === protocol) return true;
    }
    return false;
  }

  /**
   * `saidWallMs`: by the fleet server's clock, since brokers do not say theirs; 0: never heard. `unheard`: what is the matter with the
   * connection, `null`: nothing.
   */
  record(saidWallMs: number, unheard: ProblemRecord | null): HostRecord {
    const broker = this.#broker;
    const said = (broker?.problems ?? []).slice(0, problemsMax).map(problemRecord);
    const problems = unheard === null ? said : [unheard, ...said];
    return {
      hostName: textWithin(broker?.host || hostOf(this.#address), addressLengthMax),
      brokerId: createHash("sha256").update(this.#address).digest("hex").slice(0, 32),
      address: hostOf(this.#address),
      version: textWithin(broker?.version ?? "", wordLengthMax),
      platform: textWithin(broker?.platform ?? "", wordLengthMax),
      brokerAddresses: [this.#address],
      dashboardUrl: this.#dashboardUrl(),
      labels: {},
      startedWallMs: wallMsWithin(broker?.startTime),
      saidWallMs,
      serving: this.stopped ? "stopped" : servingOf(broker?.servingState ?? 0),
      pools: [...this.#pools.values()].slice(0, poolsMax).map(poolRecord).toSorted(byName),
      problems: problems.slice(0, problemsMax),
      grants: this.grants,
    };
  }

  #drained(): readonly string[] {
    return [...this.#blocks.values()]
      .filter(({ state }) => state === Block_State.STATE_DRAINING)
      .map(({ blockId }) => blockId);
  }

  /** "" where it serves its own host alone, and this is another one. */
  #dashboardUrl(): string {
    const url = urlWithin(this.#broker?.dashboardUrl ?? "");
    if (url === "") return "";
    const local = isLoopback(new URL(url).hostname.replace(/^\[(.+)\]$/, "$1"));
    return local && !isLoopback(hostOf(this.#address)) ? "" : url;
  }
}

/** How others reach the host of a broker at this address; a Unix socket is of this host. */
export function hostOf(address: string): string {
  return findListenAddress(address)?.host ?? "localhost";
}

function byName(one: { readonly name: string }, other: { readonly name: string }): number {
  return one.name < other.name ? -1 : 1;
}

// One broker of the list: connects, follows what it says of itself and its leases, and connects again when it is lost. A broker that
// was lost counts as there for a while: it may only restart.

import {
  AdminServiceService,
  type WatchBrokerResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { PortleaseError } from "@portlease/client";
import type { Log } from "../../../server/log.js";
import type { FleetSink } from "../../view/fleet-sink.js";
import type { Pacing } from "../pacing.js";
import { RetryPauses } from "../retry-pauses.js";
import type { SourceCounters } from "../source-counters.js";
import { BrokerChannel } from "./broker-channel.js";
import { BrokerPicture, hostOf } from "./broker-picture.js";
import type { BrokerTarget } from "./broker-target.js";
import { grantMinutes } from "./grant-minutes.js";
import { LeaseFollower } from "./lease-follower.js";
import { ToldHost } from "./told-host.js";

/** As long as the presence of a broker that publishes lasts in etcd, unless it was told otherwise. */
export const absentAfterMs = 15_000;
/** WatchBroker sends a message each second, also when nothing has changed. */
const silentMsMax = 10_000;
/** The minutes of grants are whole ones. */
const grantsEveryMs = 60_000;

export interface BrokerLinkWorld {
  readonly sink: FleetSink;
  readonly pacing: Pacing;
  readonly counters: SourceCounters;
  readonly log: Log;
  /** What the broker's host calls itself is known, or whether it is heard has changed. */
  readonly changed: () => void;
}

export class BrokerLink {
  readonly target: BrokerTarget;
  readonly told: ToldHost;
  readonly #world: BrokerLinkWorld;
  readonly #picture: BrokerPicture;
  readonly #leases: LeaseFollower;
  readonly #pauses: RetryPauses;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  #heard = new AbortController();
  #failure: string | null = null;
  #connected = false;
  /** Something came of its leases, on this connection. */
  #leasesHeard = false;

  /** Begins at once. */
  constructor(target: BrokerTarget, hostId: string, world: BrokerLinkWorld) {
    const { sink, pacing, counters } = world;
    this.target = target;
    this.#world = world;
    this.#picture = new BrokerPicture(target.address);
    this.told = new ToldHost(sink, pacing.clock, this.#picture, hostId);
    this.#leases = new LeaseFollower(this.told, this.#picture, counters);
    this.#pauses = new RetryPauses(() => pacing.random());
    this.#running = this.#run(this.#closing.signal);
  }

  /** What the host would be called. */
  get name(): string {
    return this.target.name ?? (this.#picture.hostName || hostOf(this.target.address));
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Why it is not heard, as a sentence; `null`: nothing has failed. */
  get failure(): string | null {
    return this.#failure;
  }

  /** The sink is told nothing more by it. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#heard.abort();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#connect(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#lost(error);
      }
      await this.#world.pacing.pause(this.#pauses.nextMs(), signal);
    }
  }

  /** Never resolves while the broker is heard; rejects with what ended it. */
  async #connect(signal: AbortSignal): Promise<void> {
    const channel = new BrokerChannel(this.target);
    const ending = new AbortController();
    const end = (): void => ending.abort();
    signal.addEventListener("abort", end, { once: true });
    try {
      const broker = await channel.call(AdminServiceService.getBroker, {}, ending.signal);
      signal.throwIfAborted();
      this.#picture.begin(broker);
      this.#leasesHeard = false;
      this.#world.changed();
      await this.#followAll(channel, ending);
    } finally {
      signal.removeEventListener("abort", end);
      ending.abort();
      channel.close();
    }
  }

  /** The first that ends takes the others with it; all have ended when this does. */
  async #followAll(channel: BrokerChannel, ending: AbortController): Promise<void> {
    const { signal } = ending;
    const parts = [
      this.#followBroker(channel, signal),
      this.#leases.follow(channel, signal, () => {
        this.#leasesHeard = true;
        this.#world.sink.heard();
      }),
      this.#followGrants(channel, signal),
    ];
    try {
      await Promise.race(parts);
    } finally {
      ending.abort();
      await Promise.allSettled(parts);
    }
  }

  async #followBroker(channel: BrokerChannel, signal: AbortSignal): Promise<void> {
    const request = { interval: undefined, ports: false, maxEvents: 0 };
    const method = AdminServiceService.watchBroker;
    for await (const message of channel.stream(method, request, { silentMsMax, signal })) {
      if (signal.aborted) return;
      this.#saw(message);
    }
    throw new PortleaseError("UNAVAILABLE", `${this.target.address} ended the watch`);
  }

  #saw(message: WatchBrokerResponse): void {
    const { broker, pools, removedPools } = message;
    if (this.#picture.update(message)) this.told.drainingChanged();
    this.#heard.abort();
    this.#world.counters.heard();
    this.#world.sink.heard();
    this.told.heard(broker !== undefined || pools.length > 0 || removedPools.length > 0);
    // A broker that tells of itself but refuses to tell of its leases is not to be asked several times a second.
    if (this.#leasesHeard) this.#pauses.worked();
    if (this.#connected) return;
    this.#connected = true;
    this.#failure = null;
    this.#world.log.info("a broker is heard", { address: this.target.address });
    this.#world.changed();
  }

  async #followGrants(channel: BrokerChannel, signal: AbortSignal): Promise<void> {
    const request = { pool: "", window: undefined };
    while (!signal.aborted) {
      try {
        const answer = await channel.call(AdminServiceService.getUsageHistory, request, signal);
        const everyMs = Number(answer.interval?.seconds ?? 0n) * 1_000;
        this.#picture.grants = grantMinutes(answer.samples, everyMs);
      } catch (error) {
        // The streams tell whether the broker is there; a chart that is a minute old is no reason to leave it.
        if (!(error instanceof PortleaseError)) throw error;
      }
      await this.#world.pacing.pause(grantsEveryMs, signal);
    }
  }

  #lost(error: unknown): void {
    const { counters, log, changed } = this.#world;
    const { address } = this.target;
    counters.failures += 1;
    const message = error instanceof Error ? error.message : String(error);
    const reason = error instanceof PortleaseError ? error.reason : "";
    if (!(error instanceof PortleaseError)) log.error("following a broker failed", { error });
    else if (this.#connected || this.#failure === null) {
      log.warn("a broker is not heard", { address, code: reason || error.code, reason: message });
    }
    const wasConnected = this.#connected;
    this.#connected = false;
    this.#failure = message;
    if (reason === "STOPPING") this.#picture.stopped = true;
    this.told.unheard(unheardProblem(address, message));
    if (this.#picture.stopped) this.told.absent();
    else if (wasConnected) this.#absentLater();
    changed();
  }

  #absentLater(): void {
    this.#heard = new AbortController();
    const { signal } = this.#heard;
    void this.#world.pacing.pause(absentAfterMs, signal).then(() => {
      if (!signal.aborted) this.told.absent();
    });
  }
}

function unheardProblem(address: string, message: string): Parameters<ToldHost["unheard"]>[0] {
  return {
    severity: "warning",
    reason: "SOURCE_UNREACHABLE",
    message: `The broker at ${address} is not heard: ${message}`,
    remedy: "",
    pool: "",
    blockId: "",
    port: 0,
    leaseId: "",
  };
}

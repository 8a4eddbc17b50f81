// A service of the simulated host: leases ports with the client's real parts (calls and their repeats, keeper, binder), binds them,
// serves, gives them back. Now and then it does what services do: takes long, forgets to bind, goes on after its lease was lost.

import { Metadata } from "@grpc/grpc-js";
import type { BoundSocket } from "@portlease/native";
import type { PortReservation } from "@portlease/proto/portlease/v1/lease.js";
import type { LeaseServiceClient } from "@portlease/proto/portlease/v1/lease_service.js";
import { acquireRequest, type AcquireOptions } from "#client/acquire-options.js";
import { LeasedBinder } from "#client/binding/leased-binder.js";
import { clientSettings, type ClientSettings } from "#client/client-options.js";
import { PortleaseError } from "#client/errors.js";
import { grantOf, type Grant } from "#client/grant.js";
import type { KeptLease } from "#client/kept-lease.js";
import { LeaseCalls } from "#client/lease-calls.js";
import { LeaseKeeper } from "#client/lease-keeper.js";
import { grantMoment, leaseMoments } from "#client/lease-timing.js";
import { granted, type LostReason, stateOf } from "#client/lease-track.js";
import { retryUnavailable } from "#client/retry.js";
import { grpcSessionStreams } from "#client/session-stream.js";
import type { Dice } from "./dice.js";
import type { Findings } from "./findings.js";
import { callLabel } from "./lease-model.js";
import type { SimHost } from "./sim-host.js";
import type { SimProcess } from "./sim-process.js";
import type { Trace } from "./trace.js";

export interface ServiceParts {
  readonly name: string;
  readonly host: SimHost;
  readonly process: SimProcess;
  readonly rpc: LeaseServiceClient;
  readonly dice: Dice;
  readonly trace: Trace;
  readonly ttlMsMax: number;
  readonly cutsTtl: boolean;
  readonly greedy: boolean;
  readonly findings: Findings;
  /** This process got this lease. */
  readonly kept: (leaseId: string) => void;
  readonly ports: { readonly first: number; readonly count: number };
  /** What outlives the process: the request it had not got an answer to. */
  readonly memory: ServiceMemory;
}

export interface ServiceMemory {
  /** Requests that may have been granted without an answer, one for each life that runs side by side. */
  readonly pending: (number | null)[];
  /** The number of the last request; what it asks for follows from it. */
  count: number;
}

/** A lease as this service believes to have it. */
export interface Belief {
  readonly grant: Grant;
  readonly kept: KeptLease;
  /** It asked for bind_within. */
  readonly mustBind: boolean;
  sockets: BoundSocket[];
  reservations: readonly PortReservation[];
  /** The TTL that was asked for last; at first that of the grant. */
  ttlAskedMs: number;
}

const address = "simulated:7600";

export class SimService {
  readonly process: SimProcess;
  readonly beliefs = new Set<Belief>();
  /** Of all leases that it ever had. */
  readonly #known = new Set<string>();
  /** How often a lease was lost without the service's doing. */
  lostCount = 0;
  readonly #parts: ServiceParts;
  readonly #never = new AbortController().signal;
  readonly #settings: ClientSettings;
  readonly #calls: LeaseCalls;
  readonly #keeper: LeaseKeeper;
  readonly #binder: LeasedBinder;

  constructor(parts: ServiceParts) {
    const { process, rpc, dice, host } = parts;
    this.#parts = parts;
    this.process = process;
    this.#settings = clientSettings({
      releaseOnSignals: false,
      clock: process,
      timers: process,
      random: () => dice.next(),
      sockets: () => host.lesseeSocketsFor(process),
    });
    const link = { address, rpc, metadata: () => new Metadata() };
    this.#calls = new LeaseCalls(() => link, this.#settings, this.#never);
    const openStream = grpcSessionStreams(() => link);
    this.#keeper = new LeaseKeeper({ ...this.#settings, openStream });
    const { sockets, log } = this.#settings;
    this.#binder = new LeasedBinder(sockets, this.#calls, log, process.processId);
  }

  /** Leases, serves and gives back, for as long as the process lives. Several may run side by side. */
  async live(life: number): Promise<void> {
    const { dice, process, greedy } = this.#parts;
    for (;;) {
      await process.sleep(dice.skewed(10, 4_000));
      const belief = await this.#acquire(life);
      if (belief !== null) await this.#use(belief);
      else await process.sleep(dice.between(40, greedy ? 300 : 2_500));
    }
  }

  async #use(belief: Belief): Promise<void> {
    const { dice, process } = this.#parts;
    if (dice.chance(0.85)) {
      await process.sleep(dice.skewed(0, 1_500));
      await this.#bind(belief);
    }
    const untilMs =
      process.monotonicMs() +
      (dice.chance(0.5) ? dice.skewed(100, 3_000) : dice.between(500, 12_000));
    while (process.monotonicMs() < untilMs && this.beliefs.has(belief)) {
      await process.sleep(dice.between(200, 2_000));
      if (dice.chance(0.08)) await this.#changeTtl(belief);
    }
    if (!this.beliefs.has(belief)) return;
    await this.#release(belief);
  }

  /** As LeaseClient does it; but some callers, such as grpcurl's, send no request_id and try once. */
  async #acquire(life: number): Promise<Belief | null> {
    const { dice, trace, name, memory } = this.#parts;
    const pending = memory.pending[life] ?? null;
    const number = pending ?? (memory.count += 1);
    const repeats = pending !== null || dice.chance(0.75);
    memory.pending[life] = repeats ? number : null;
    const wish = this.#wish(number);
    const requestId = repeats ? `${name}-${number}` : "";
    const abort = new AbortController();
    if (dice.chance(0.1)) this.process.after(dice.skewed(0, 300), () => abort.abort());
    trace.add(name, `acquires ${wish.portCount} (${number}${repeats ? "" : ", once"})`);
    // Somebody who is impatient asks twice at once.
    if (repeats && dice.chance(0.1)) void this.#ask(wish, requestId, life, null);
    return this.#ask(wish, requestId, life, abort.signal);
  }

  /** The same for the same number. */
  #wish(number: number): AcquireOptions {
    const { name, dice, ttlMsMax, ports } = this.#parts;
    const preferred =
      number % 4 === 0 ? { preferredPort: ports.first + ((number >> 2) % ports.count) } : {};
    const ttl = number % 3 === 0 ? {} : { ttlMs: 500 + ((number * 977) % (ttlMsMax - 500)) };
    return {
      service: name,
      instance: number % 3 === 0 ? "" : "1",
      labels: { [callLabel]: `${name}-${number}` },
      portCount: number % 5 === 0 ? Math.min(2, ports.count) : 1,
      claimProcess: dice.chance(0.5),
      ...preferred,
      ...ttl,
      ...(number % 7 === 0 ? { bindWithinMs: 1_000 + ((number * 331) % 3_000) } : {}),
      ...(number % 2 === 0 ? {} : { maxWaitMs: 100 + ((number * 613) % 4_000) }),
    };
  }

  async #ask(
    wish: AcquireOptions,
    requestId: string,
    life: number,
    signal: AbortSignal | null,
  ): Promise<Belief | null> {
    const { memory, name, trace, process, dice } = this.#parts;
    const timeoutMs = dice.pick([300, 2_000, 8_000]) + (wish.maxWaitMs ?? 0);
    const { clock, random } = this.#settings;
    const processId = wish.claimProcess === true ? process.processId : null;
    const request = acquireRequest(wish, requestId, processId);
    const once = async (leftMs: number): Promise<Belief | null> => {
      const sentAtMs = clock.monotonicMs();
      const response = await this.#calls.acquire(request, leftMs, signal ?? this.#never);
      const grant = grantOf(response);
      const nowMs = clock.monotonicMs();
      const track = granted(grantMoment(sentAtMs, nowMs, grant.waitMs), grant.ttlMs, random());
      if (stateOf(track, nowMs) === "lost") return null;
      // The other of two answers to one request; it may come when this life has given the lease back already.
      if (this.#known.has(grant.leaseId)) return null;
      return this.#keep(grant, track, wish.bindWithinMs !== undefined);
    };
    try {
      const limits = { timeoutMs, signal };
      const belief = await (requestId === ""
        ? once(timeoutMs)
        : retryUnavailable(this.#settings, limits, once));
      memory.pending[life] = null;
      return belief;
    } catch (error) {
      const reason = error instanceof PortleaseError ? error.reason || error.code : String(error);
      trace.add(name, `got no lease: ${reason}`);
      if (!mayStillCome.has(reason)) memory.pending[life] = null;
      return null;
    }
  }

  #keep(grant: Grant, track: Parameters<LeaseKeeper["keep"]>[2], mustBind: boolean): Belief {
    const { trace, name, findings, process } = this.#parts;
    const { leaseId, holderKey, ports, ttlMs } = grant;
    this.#parts.kept(leaseId);
    trace.add(name, `has ${leaseId}: ${ports.join(",")} for ${ttlMs}`);
    let inJeopardy = false;
    const kept: KeptLease = this.#keeper.keep(leaseId, holderKey, track, {
      changed: (state, { end, deadlineMs, ttlMs: lastTtlMs }) => {
        trace.add(name, `${leaseId} is ${state}${end?.state === "lost" ? ` ${end.reason}` : ""}`);
        // One that slept through the moment of jeopardy wakes too late to hear of it: a process that runs hears of its loss in time.
        const { lostAtMs } = leaseMoments(deadlineMs, lastTtlMs);
        const slept = process.monotonicMs() > lostAtMs + awakeMsMax;
        findings.check(
          end?.state !== "lost" || !lostBySilence.has(end.reason) || inJeopardy || slept,
          "4: a holder hears of jeopardy before its lease is lost by silence",
          () => `that of lease ${leaseId} did not`,
        );
        inJeopardy = state === "jeopardy";
        if (end?.state === "lost") this.#lost(belief, end.reason);
        findings.check(
          end?.state !== "lost" || end.reason !== "HOLDER_KEY_MISMATCH",
          "8: the right key is never refused",
          () => `that of lease ${leaseId} was`,
        );
      },
      renewed: () => undefined,
      reservationsChanged: (reservations) => {
        belief.reservations = reservations;
      },
      warned: () => undefined,
      drainAsked: () => undefined,
    });
    const { reservations: told } = grant;
    const belief: Belief = {
      grant,
      kept,
      mustBind,
      sockets: [],
      reservations: told,
      ttlAskedMs: ttlMs,
    };
    this.beliefs.add(belief);
    this.#known.add(leaseId);
    return belief;
  }

  /** Most stop at once; some do not hear. */
  #lost(belief: Belief, reason: LostReason): void {
    const { dice, process } = this.#parts;
    // Who asks for that and does not bind has it so, and may hear of it by a renewal that comes before the notice.
    const neverBound = belief.mustBind && belief.sockets.length === 0;
    if (!neverBound || (reason !== "NEVER_BOUND" && reason !== "LEASE_NOT_FOUND")) {
      this.lostCount += 1;
    }
    this.beliefs.delete(belief);
    if (dice.chance(0.8)) closeAll(belief);
    else process.after(dice.between(0, 6_000), () => closeAll(belief));
  }

  async #bind(belief: Belief): Promise<void> {
    const { trace, name, process } = this.#parts;
    const { leaseId, holderKey, protocol, ports } = belief.grant;
    const lease = {
      leaseId,
      holderKey,
      get reservations() {
        return belief.reservations;
      },
      renewReservations: async () => {
        const renewed = await this.#calls.renew(leaseId, holderKey);
        if (renewed.reservations.length > 0) belief.reservations = renewed.reservations;
      },
      checkHeld: () => this.#checkHeld(belief),
    };
    for (const port of ports) {
      const wish = { port, addresses: ["0.0.0.0"], ipv6Only: false, method: "auto" } as const;
      try {
        const transport = protocol === "udp" ? "udp" : "tcp";
        const socket = await this.#binder.bind(lease, { ...wish, protocol: transport });
        belief.sockets.push(socket);
        socket.listen(16);
        trace.add(name, `listens on ${port} (${process.processId})`);
        if (!this.beliefs.has(belief)) closeAll(belief);
      } catch (error) {
        trace.add(name, `cannot bind ${port}: ${codeOf(error)}`);
        return;
      }
    }
  }

  /** As Lease does it. */
  #checkHeld({ kept }: Belief): void {
    const state = this.#keeper.stateOf(kept);
    const inTime = this.process.monotonicMs() < kept.track.deadlineMs;
    if (state !== "safe" && !(state === "jeopardy" && inTime)) throw new Error("not held");
  }

  async #release(belief: Belief): Promise<void> {
    const { trace, name, dice } = this.#parts;
    const { leaseId, holderKey } = belief.grant;
    if (this.#keeper.stateOf(belief.kept) === "lost") return;
    trace.add(name, `releases ${leaseId}`);
    this.beliefs.delete(belief);
    this.#keeper.drop(belief.kept);
    if (dice.chance(0.9)) closeAll(belief);
    else this.process.after(dice.between(0, 3_000), () => closeAll(belief));
    await this.#calls.release(leaseId, holderKey).catch((error: unknown) => {
      trace.add(name, `cannot release ${leaseId}: ${codeOf(error)}`);
    });
  }

  /** As a caller of the API does it: the client's library never changes a TTL. */
  async #changeTtl(belief: Belief): Promise<void> {
    const { grant } = belief;
    const { dice, ttlMsMax, cutsTtl, rpc, trace, name } = this.#parts;
    const { leaseId, holderKey } = grant;
    const ttlMsMin = cutsTtl ? 500 : belief.ttlAskedMs;
    const ttlMs = ttlMsMin + dice.integer(Math.max(1, ttlMsMax - ttlMsMin));
    belief.ttlAskedMs = ttlMs;
    trace.add(name, `wants ${ttlMs} ms for ${leaseId}`);
    const ttl = { seconds: BigInt(Math.floor(ttlMs / 1_000)), nanos: (ttlMs % 1_000) * 1_000_000 };
    await new Promise<void>((resolve) => {
      const request = { leaseId, holderKey, ttl };
      rpc.renewLease(request, new Metadata(), () => resolve());
    });
  }
}

/** On virtual time a process that runs is on time. */
const awakeMsMax = 1;

/** Losses that the client finds out by itself. */
const lostBySilence: ReadonlySet<LostReason> = new Set(["DEADLINE_PASSED", "UNCONFIRMED"]);

/** After these the broker may have granted, or may grant yet, what was asked for. */
const mayStillCome: ReadonlySet<string> = new Set([
  "BROKER_UNREACHABLE",
  "BROKER_TIMEOUT",
  "CALL_ABORTED",
  "STORE_UNAVAILABLE",
  "STOPPING",
]);

function closeAll({ sockets }: Belief): void {
  for (const socket of sockets) socket.close();
}

function codeOf(error: unknown): string {
  if (error instanceof PortleaseError) return error.reason || error.code;
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  return typeof code === "string" ? code : String(error);
}

// Acquire, renew and release as messages in, messages out: one implementation for unary calls and for sessions.

import type { PortReservation } from "@portlease/proto/portlease/v1/lease.js";
import type {
  AcquireLeaseRequest,
  AcquireLeaseResponse,
  LeaseRenewal,
  ReleaseLeaseRequest,
  ReleaseLeaseResponse,
  RenewLeaseRequest,
  RenewLeaseResponse,
} from "@portlease/proto/portlease/v1/lease_service.js";
import type { Clock } from "../domain/boundaries.js";
import type { Broker } from "../domain/broker.js";
import type { ActiveLease } from "../domain/lease-table.js";
import { leaseNotFound } from "../domain/refusals.js";
import { hasTokens } from "../domain/told-reservations.js";
import { toAcquireResponse, toDryResponse, toReservations, toWireLease } from "./convert.js";
import type { CallContext } from "./handler.js";
import { checkHolderKey, checkLeaseId, type ClaimProcess, parseAcquire } from "./parse.js";
import { toRpcStatus } from "./rich-error.js";
import { fromDuration, toDuration } from "./time.js";

export class LeaseCalls {
  readonly #broker: Broker;
  readonly #clock: Clock;
  readonly #claimProcess: ClaimProcess;

  constructor(broker: Broker, clock: Clock, claimProcess: ClaimProcess) {
    this.#broker = broker;
    this.#clock = clock;
    this.#claimProcess = claimProcess;
  }

  async acquire(message: AcquireLeaseRequest, context: CallContext): Promise<AcquireLeaseResponse> {
    const request = parseAcquire(message, context.caller, (processId) =>
      this.#claimProcess(context.peer(), processId),
    );
    if (request.validateOnly) {
      return toDryResponse(this.#broker.validateAcquire(request), request.holder);
    }
    return toAcquireResponse(await this.#broker.acquire(request, context.signal), this.#clock);
  }

  async renew(message: RenewLeaseRequest): Promise<RenewLeaseResponse> {
    const lease = await this.#renew(message);
    const reservations = this.#reservationNews(lease);
    const warnings = lease.block.record.draining ? [drainAsked] : [];
    return { lease: toWireLease(lease, this.#clock), reservations, warnings };
  }

  /**
   * One renewal of many: a failure is told in the result and disturbs no other. A promise only where something is waited for;
   * it never rejects.
   */
  renewOne(message: RenewLeaseRequest): LeaseRenewal | Promise<LeaseRenewal> {
    const { leaseId } = message;
    try {
      const renewed = this.#renew(message);
      if (!(renewed instanceof Promise)) return this.#renewal(renewed);
      return renewed
        .then((lease) => this.#renewal(lease))
        .catch((error: unknown) => notRenewed(leaseId, error));
    } catch (error) {
      return notRenewed(leaseId, error);
    }
  }

  /** The result of a renewal, for an answer that comes later than it: a lease that ended meanwhile is not said to be renewed. */
  asOfNow(result: LeaseRenewal): LeaseRenewal {
    const { leaseId } = result;
    if (result.error !== undefined || this.#broker.findLive(leaseId) !== null) return result;
    return notRenewed(leaseId, leaseNotFound(leaseId));
  }

  async release(message: ReleaseLeaseRequest): Promise<ReleaseLeaseResponse> {
    const { leaseId, holderKey, allowMissing } = message;
    const result = await this.#broker.release(
      checkLeaseId(leaseId),
      checkHolderKey(holderKey),
      allowMissing,
    );
    return { alreadyEnded: result.alreadyEnded, quarantine: toDuration(result.quarantineMs) };
  }

  /** Whether the holder of a live lease is asked to move. */
  isDraining(leaseId: string): boolean {
    return this.#broker.findLive(leaseId)?.block.record.draining ?? false;
  }

  /** How the ports of a lease are reserved now; empty for kinds without tokens, and when the lease has ended. */
  currentReservations(leaseId: string): PortReservation[] {
    const lease = this.#broker.findLive(leaseId);
    if (lease === null || !hasTokens(lease.block.reservation)) return [];
    return toReservations(lease.block.reservation, lease.record.ports);
  }

  #renewal(lease: ActiveLease): LeaseRenewal {
    const { leaseId, ttlMs } = lease.record;
    const reservations = this.#reservationNews(lease);
    return { leaseId, ttl: toDuration(ttlMs), error: undefined, reservations, warnings: [] };
  }

  #reservationNews(lease: ActiveLease): PortReservation[] {
    if (!this.#broker.hasReservationNews(lease)) return [];
    return toReservations(lease.block.reservation, lease.record.ports);
  }

  /** Also throws at once. */
  #renew(message: RenewLeaseRequest): ReturnType<Broker["renewNow"]> {
    const ttlMs = fromDuration("ttl", message.ttl);
    return this.#broker.renewNow(
      checkLeaseId(message.leaseId),
      checkHolderKey(message.holderKey),
      ttlMs,
    );
  }
}

const drainAsked = {
  reason: "DRAIN_ASKED",
  message: "the block of these ports is being drained; move to another lease when convenient",
} as const;

function notRenewed(leaseId: string, error: unknown): LeaseRenewal {
  return { leaseId, ttl: undefined, error: toRpcStatus(error), reservations: [], warnings: [] };
}

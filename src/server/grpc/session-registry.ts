// All open sessions, and which leases each one hears about. Delivers news; keeps nothing for those who are not there.

import type { BrokerEvent } from "../domain/events.js";
import type { EndedLeaseRecord } from "../domain/records.js";
import { wireEndReason } from "./convert.js";
import type { LeaseCalls } from "./lease-calls.js";
import { Session, type SessionCall } from "./session.js";
import { LeaseNotice_Type } from "@portlease/proto/portlease/v1/lease_service.js";

export class SessionRegistry {
  readonly #sessions = new Set<Session>();
  /** The session on which a lease was last acquired or renewed. */
  readonly #byLease = new Map<string, Session>();
  readonly #leasesOf = new Map<Session, Set<string>>();

  get size(): number {
    return this.#sessions.size;
  }

  serve(call: SessionCall, calls: LeaseCalls): void {
    const session: Session = new Session(call, calls, {
      want: (leaseId) => this.#subscribe(leaseId, session),
      forget: (leaseId) => this.#unsubscribe(leaseId, session),
    });
    this.#sessions.add(session);
    this.#leasesOf.set(session, new Set());
    const forget = (): void => this.#forget(session);
    call.on("close", forget);
    call.on("cancelled", forget);
    call.on("error", forget);
  }

  /** Tells holders what the core says of their leases. */
  publish(event: BrokerEvent): void {
    if (event.type === "lease_ended") this.#tellEnd(event.ended);
    if (event.type === "lease_reservation_changed") {
      this.#byLease.get(event.leaseId)?.tellReservations(event.leaseId);
    }
    if (event.type === "lease_drain_asked") {
      this.#byLease.get(event.leaseId)?.tellDrain(event.leaseId);
    }
  }

  /** Tells everybody that the broker is about to stop. */
  sayGoodbye(message: string): void {
    for (const session of this.#sessions) session.tell({ $case: "goingAway", value: { message } });
  }

  /** Also when the lease was released: somebody else may have its key, and have done it. */
  #tellEnd(ended: EndedLeaseRecord): void {
    const { lease, reason } = ended;
    const session = this.#byLease.get(lease.leaseId);
    if (session === undefined) return;
    this.#byLease.delete(lease.leaseId);
    this.#leasesOf.get(session)?.delete(lease.leaseId);
    session.tell({
      $case: "leaseNotice",
      value: {
        leaseId: lease.leaseId,
        type: LeaseNotice_Type.TYPE_ENDED,
        endReason: wireEndReason[reason],
        reservations: [],
        message: endMessage(ended),
      },
    });
  }

  /** False when the session hears of the lease already, or has ended. */
  #subscribe(leaseId: string, session: Session): boolean {
    const before = this.#byLease.get(leaseId);
    if (before === session || !this.#sessions.has(session)) return false;
    if (before !== undefined) this.#leasesOf.get(before)?.delete(leaseId);
    this.#byLease.set(leaseId, session);
    this.#leasesOf.get(session)?.add(leaseId);
    return true;
  }

  #unsubscribe(leaseId: string, session: Session): void {
    if (this.#byLease.get(leaseId) !== session) return;
    this.#byLease.delete(leaseId);
    this.#leasesOf.get(session)?.delete(leaseId);
  }

  #forget(session: Session): void {
    for (const leaseId of this.#leasesOf.get(session) ?? []) this.#byLease.delete(leaseId);
    this.#leasesOf.delete(session);
    this.#sessions.delete(session);
  }
}

/** An operator's words have no control characters: they were refused otherwise. */
function endMessage({ lease, reason, revocation }: EndedLeaseRecord): string {
  if (revocation === undefined) {
    return `lease ${lease.leaseId} ended: ${reason.replaceAll("_", " ")}`;
  }
  const why = revocation.reason === "" ? "" : `: ${revocation.reason}`;
  return `lease ${lease.leaseId} was revoked by an operator${why}`;
}

// Tells the model what passes by at the broker's end of the network.

import type {
  AcquireLeaseRequest,
  AcquireLeaseResponse,
  ReleaseLeaseRequest,
  RenewLeaseRequest,
  RenewLeaseResponse,
  SessionRequest,
  SessionResponse,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { msFromDuration } from "#client/duration.js";
import { callLabel, type LeaseModel } from "./lease-model.js";
import type { CallWatcher, UnaryMethod } from "./rpc-network.js";

export class CallWatch implements CallWatcher {
  readonly #model: LeaseModel;
  /** By lease and request number. */
  readonly #askedAtMs = new Map<string, number>();

  constructor(model: LeaseModel) {
    this.#model = model;
  }

  received(method: UnaryMethod, request: unknown): void {
    if (method === "acquireLease") this.#model.acquireReceived(callIn(request));
    if (method === "releaseLease") {
      const { leaseId, holderKey } = request as ReleaseLeaseRequest;
      this.#model.endReceived(leaseId, holderKey);
    }
    if (method === "renewLease") {
      const { leaseId, ttl } = request as RenewLeaseRequest;
      if (ttl !== undefined) this.#model.ttlReceived(leaseId);
    }
  }

  answered(method: UnaryMethod, request: unknown, response: unknown): void {
    if (method === "acquireLease") {
      const { lease, holderKey } = response as AcquireLeaseResponse;
      if (lease === undefined) return;
      const ttlMs = msFromDuration(lease.ttl) ?? 0;
      this.#model.granted(lease.leaseId, holderKey, ttlMs, Number(lease.generation));
    }
    if (method === "renewLease") {
      const { lease } = response as RenewLeaseResponse;
      if (lease !== undefined) this.#model.renewed(lease.leaseId, msFromDuration(lease.ttl) ?? 0);
    }
    if (method === "releaseLease") this.#model.released((request as ReleaseLeaseRequest).leaseId);
  }

  callerGone(method: UnaryMethod, request: unknown): void {
    if (method !== "acquireLease") return;
    const { requestId } = request as AcquireLeaseRequest;
    if (requestId === "") this.#model.callerGone(callIn(request));
  }

  asked({ requestNumber, request }: SessionRequest): void {
    if (request?.$case !== "renewLeases") return;
    for (const { leaseId } of request.value.leases) {
      this.#askedAtMs.set(`${leaseId} ${requestNumber}`, this.#model.brokerMs);
    }
  }

  /** Of many leases in one message each counts from when it was renewed: one of them may have had to wait for the disk. */
  said({ requestNumber, response }: SessionResponse): void {
    if (response?.$case !== "renewLeases") return;
    const { leases } = response.value;
    for (const { leaseId, ttl, error } of leases) {
      if (error !== undefined) continue;
      const askedAtMs = this.#askedAtMs.get(`${leaseId} ${requestNumber}`);
      const fromMs = leases.length > 1 ? askedAtMs : undefined;
      this.#model.renewed(leaseId, msFromDuration(ttl) ?? 0, fromMs);
    }
  }
}

function callIn(request: unknown): string {
  return (request as AcquireLeaseRequest).holder?.labels[callLabel] ?? "";
}

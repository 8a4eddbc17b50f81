// Tells the model what passes by at the broker's end of the network.

import type {
  AcquireLeaseRequest,
  AcquireLeaseResponse,
  ReleaseLeaseRequest,
  RenewLeaseRequest,
  RenewLeaseResponse,
  SessionResponse,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { msFromDuration } from "#client/duration.js";
import { callLabel, type LeaseModel } from "./lease-model.js";
import type { CallWatcher, UnaryMethod } from "./rpc-network.js";

export class CallWatch implements CallWatcher {
  readonly #model: LeaseModel;

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

  said({ response }: SessionResponse): void {
    if (response?.$case !== "renewLeases") return;
    for (const { leaseId, ttl, error } of response.value.leases) {
      if (error === undefined) this.#model.renewed(leaseId, msFromDuration(ttl) ?? 0);
    }
  }
}

function callIn(request: unknown): string {
  return (request as AcquireLeaseRequest).holder?.labels[callLabel] ?? "";
}

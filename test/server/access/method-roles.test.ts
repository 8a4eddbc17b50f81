// Semantics 12: every method has a role, and which.

import assert from "node:assert/strict";
import { AdminServiceService } from "@portlease/proto/portlease/v1/admin_service.js";
import { FleetServiceService } from "@portlease/proto/portlease/v1/fleet_service.js";
import { LeaseServiceService } from "@portlease/proto/portlease/v1/lease_service.js";
import { neededRoles } from "#server/access/method-roles.js";

const services = [LeaseServiceService, AdminServiceService, FleetServiceService];

function methodsNeeding(...roles: readonly string[]): readonly string[] {
  return services
    .flatMap((service) => Object.values(service))
    .filter(({ path }) => neededRoles(path)?.join() === roles.join())
    .map(({ path }) => path.slice(path.lastIndexOf("/") + 1))
    .toSorted(byName);
}

function byName(a: string, b: string): number {
  return a < b ? -1 : 1;
}

describe("the roles of the methods", () => {
  it("are known for every method of all services", () => {
    for (const service of services) {
      for (const { path } of Object.values(service)) assert.notEqual(neededRoles(path), null, path);
    }
    assert.equal(neededRoles("/portlease.v1.AdminService/Nothing"), null);
    assert.deepEqual(neededRoles("/metrics"), ["viewer"]);
    assert.deepEqual(neededRoles("/http_sd"), ["viewer"]);
  });

  it("let holders have leases, and nobody else", () => {
    assert.deepEqual(methodsNeeding("holder"), [
      "AcquireLease",
      "ConfirmTransfer",
      "ReleaseLease",
      "RenewLease",
      "Session",
      "TransferSocket",
    ]);
  });

  it("let holders and viewers see leases", () => {
    assert.deepEqual(methodsNeeding("holder", "viewer"), ["GetLease", "ListLeases", "WatchLeases"]);
  });

  it("keep every method that changes a broker or the fleet for admins", () => {
    const reads = /^(?:Get|List|Find|Explain|Audit|Watch)/;
    const changes = [AdminServiceService, FleetServiceService]
      .flatMap((service) => Object.values(service))
      .map(({ path }) => path.slice(path.lastIndexOf("/") + 1))
      .filter((name) => !reads.test(name));
    assert.deepEqual(methodsNeeding("admin"), changes.toSorted(byName));
  });
});

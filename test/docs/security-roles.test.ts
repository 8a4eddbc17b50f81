// The table of methods in docs/security.md against the one that the servers decide by, and against the services.

import assert from "node:assert/strict";
import { AdminServiceService } from "@portlease/proto/portlease/v1/admin_service.js";
import { FleetServiceService } from "@portlease/proto/portlease/v1/fleet_service.js";
import { LeaseServiceService } from "@portlease/proto/portlease/v1/lease_service.js";
import { neededRoles } from "#server/access/method-roles.js";
import { documentedMethods } from "../support/roles-page.js";

describe("the roles in docs/security.md", () => {
  const documented = documentedMethods(["LeaseService", "AdminService", "FleetService"]);

  it("are those of every method that there is, once each", () => {
    const paths = [LeaseServiceService, AdminServiceService, FleetServiceService].flatMap(
      (service) => Object.values(service).map(({ path }) => path as string),
    );
    assert.deepEqual(documented.map(({ path }) => path).toSorted(), paths.toSorted());
  });

  it("are those that callers are asked for", () => {
    for (const { path, roles } of documented) assert.deepEqual(neededRoles(path), roles, path);
  });
});

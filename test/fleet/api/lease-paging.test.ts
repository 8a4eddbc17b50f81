// Pages of a list that changes while it is read: whatever was there all the time is in them, once.

import assert from "node:assert/strict";
import fc from "fast-check";
import { ListFleetLeasesRequest } from "@portlease/proto/portlease/v1/fleet_service.js";
import { listFleetLeases } from "#fleet/api/list-fleet-leases.js";
import { fleetLab, type FleetLab, wholeReading } from "../../support/fleet-samples.js";

const reading = wholeReading();
const hostIds = ["a", "b", "b.c", "web-1", "web-10", "web-2"];
const services = ["orders", "billing", ""];

interface Place {
  readonly hostId: string;
  readonly leaseId: string;
}

const anyPlace = fc.record<Place>({
  hostId: fc.constantFrom(...hostIds),
  leaseId: fc.integer({ min: 0, max: 12 }).map((number) => `l${number}`),
});

const anyFields = fc.record({
  service: fc.constantFrom(...services),
  port: fc.integer({ min: 20_000, max: 20_005 }),
});

/** What happens between two pages. */
const anyChange = fc.oneof(
  fc.tuple(fc.constant("put" as const), anyPlace, anyFields),
  fc.tuple(fc.constant("remove" as const), anyPlace, fc.constant({})),
  fc.tuple(fc.constant("remove-host" as const), anyPlace, fc.constant({})),
  fc.tuple(fc.constant("silent" as const), anyPlace, fc.constant({})),
);

const anyFilter = fc.constantFrom(
  "",
  "service = orders",
  "port > 20002",
  "host_id = b*",
  'host_id = "web-1"',
  "port = 20003",
  "NOT service = billing AND port != 20001",
);

const nameOf = ({ hostId, leaseId }: Place): string => `${hostId}/${leaseId}`;

function apply(
  lab: FleetLab,
  [kind, { hostId, leaseId }, fields]: readonly [string, Place, object],
) {
  if (kind === "put") lab.lease(hostId, leaseId, fields);
  else if (kind === "remove") lab.view.removeLease(hostId, leaseId);
  else if (kind === "remove-host") lab.view.removeHost(hostId);
  else lab.view.removePresence(hostId);
}

async function matching(lab: FleetLab, filter: string): Promise<ReadonlySet<string>> {
  const request = ListFleetLeasesRequest.fromPartial({ filter, pageSize: 1_000 });
  const { leases } = await listFleetLeases(lab.view, request, reading);
  return new Set(leases.map(nameOf));
}

describe("Pages of leases over a view that changes", () => {
  for (const orderBy of ["", "host_id, lease_id"]) {
    it(`neither repeat nor lose a lease that fits all the time, ordered by "${orderBy}"`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(anyPlace, anyFields), { maxLength: 60, size: "max" }),
          anyFilter,
          fc.integer({ min: 1, max: 7 }),
          fc.array(fc.array(anyChange, { maxLength: 6 }), { maxLength: 12 }),
          async (start, filter, pageSize, changes) => {
            const lab = fleetLab();
            for (const hostId of hostIds) lab.host(hostId);
            for (const [{ hostId, leaseId }, fields] of start) lab.lease(hostId, leaseId, fields);
            let always = await matching(lab, filter);
            const seen: string[] = [];
            let pageToken = "";
            let turn = 0;
            do {
              const request = { filter, orderBy, pageSize, pageToken };
              const page = await listFleetLeases(
                lab.view,
                ListFleetLeasesRequest.fromPartial(request),
                reading,
              );
              seen.push(...page.leases.map(nameOf));
              pageToken = page.nextPageToken;
              for (const change of changes[turn] ?? []) apply(lab, change);
              turn += 1;
              const still = await matching(lab, filter);
              always = new Set([...always].filter((name) => still.has(name)));
            } while (pageToken !== "");
            assert.equal(new Set(seen).size, seen.length, "a lease came twice");
            for (const name of always) assert.ok(seen.includes(name), `${name} was lost`);
          },
        ),
        { numRuns: 100 },
      );
    });
  }

  it("neither repeat nor lose one in any other order, while what the order compares stays", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(anyPlace, anyFields), { maxLength: 60, size: "max" }),
        fc.constantFrom("port", "service desc, port", "lease_id", "create_time, port desc"),
        fc.integer({ min: 1, max: 7 }),
        async (start, orderBy, pageSize) => {
          const lab = fleetLab();
          for (const hostId of hostIds) lab.host(hostId);
          for (const [{ hostId, leaseId }, fields] of start) lab.lease(hostId, leaseId, fields);
          const all = await matching(lab, "");
          const seen: string[] = [];
          let pageToken = "";
          do {
            const page = await listFleetLeases(
              lab.view,
              ListFleetLeasesRequest.fromPartial({ orderBy, pageSize, pageToken }),
              reading,
            );
            seen.push(...page.leases.map(nameOf));
            pageToken = page.nextPageToken;
          } while (pageToken !== "");
          assert.deepEqual(seen.toSorted(), [...all].toSorted());
        },
      ),
      { numRuns: 100 },
    );
  });
});

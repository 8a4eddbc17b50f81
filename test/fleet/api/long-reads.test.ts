// How many lists of a fleet may be looked through at once, by whatever method.

import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { FleetSource_Kind } from "@portlease/proto/portlease/v1/fleet_service.js";
import { fleetService } from "#fleet/api/fleet-service.js";
import { longReadsMax, shortReadItemsMax } from "#fleet/api/sliced-page.js";
import { eventually } from "../../support/eventually.js";
import { fleetLab, type FleetLab } from "../../support/fleet-samples.js";
import { silentLog } from "../../support/silent-log.js";

type Handler = (
  call: object,
  callback: (error: { readonly details?: string } | null) => void,
) => void;

describe("Long reads of a fleet", () => {
  let lab: FleetLab;
  let service: Readonly<Record<string, Handler>>;

  beforeEach(() => {
    lab = fleetLab();
    for (let index = 0; index <= shortReadItemsMax; index += 1) lab.lease("a", `l${index}`);
    lab.lease("b", "l", { service: "billing", port: 20_001 });
    const facts = { version: "", sourceKind: FleetSource_Kind.KIND_ETCD, sourceAddresses: [] };
    const implementation = fleetService({
      facts,
      view: lab.view,
      source: { forgetHost: () => Promise.reject(new Error("nothing is forgotten here")) },
      watches: { serve: () => undefined },
      clock: lab.clock,
      log: silentLog,
    });
    service = implementation as unknown as typeof service;
  });

  /** What has been answered so far: "", or why it was refused. */
  function ask(method: string, request: object): string[] {
    const defaults = { pageSize: 1, pageToken: "", filter: "", orderBy: "", labels: {} };
    const call = Object.assign(new EventEmitter(), {
      request: { ...defaults, protocol: 0, includeStale: true, ...request },
      getPeer: () => "peer",
    });
    const answers: string[] = [];
    service[method]?.(call, (error) => answers.push(error?.details ?? ""));
    return answers;
  }

  it("are bounded together, and only while they last", async () => {
    const long = { filter: "instance = nobody" };
    const asked = [ask("findService", { service: "orders" })];
    while (asked.length < longReadsMax) asked.push(ask("listFleetLeases", long));
    const refused = [
      ask("findService", { service: "orders" }),
      ask("listFleetLeases", long),
      ask("listFleetLeases", { orderBy: "port" }),
    ];
    const short = [
      ask("findService", { service: "billing" }),
      ask("listFleetLeases", {}),
      ask("listFleetLeases", { filter: "port = 20001" }),
      ask("listHosts", { filter: "problems > 0" }),
    ];
    const all = [...asked, ...refused, ...short];
    await eventually("all are answered", () => all.every(({ length }) => length === 1));
    assert.deepEqual(new Set([...asked, ...short].flat()), new Set([""]));
    for (const [why] of refused) assert.match(why ?? "", /32 calls that look through long lists/);
    const again = ask("listFleetLeases", long);
    await eventually("it is answered", () => again.length === 1);
    assert.deepEqual(again, [""]);
  });
});

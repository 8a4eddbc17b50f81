import assert from "node:assert/strict";
import { httpSdTargets, targetsMax } from "#fleet/api/http-sd.js";
import { httpSdAnswersMax, httpSdPage } from "#fleet/api/http-sd-page.js";
import { fleetLab, type FleetLab, wholeReading } from "../../support/fleet-samples.js";

function newReader() {
  let leave = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    leave = resolve;
  });
  return { over, leave };
}

describe("/http_sd", () => {
  let lab: FleetLab;

  const ask = (query = "") =>
    httpSdTargets(lab.view, new URLSearchParams(query), wholeReading().slices);
  const targets = async (query = "") => (await ask(query)).flatMap((group) => group.targets);
  const refused = (query: string, message: RegExp) =>
    assert.rejects(ask(query), { code: "field_invalid", message }, query);

  beforeEach(() => {
    lab = fleetLab();
    lab.host("b", { address: "fd00::2", hostName: "bee", labels: { "topology/zone": "z1" } });
    lab.host("a", { address: "10.0.0.1" });
    lab.lease("b", "l1", { port: 20_001, instance: "blue", labels: { "app.io/env": "prod" } });
    lab.lease("a", "l2", { port: 20_002, protocol: "udp" });
    lab.lease("a", "l3", { port: 20_003, service: "billing", portCount: 2 });
    lab.lease("a", "l4", { port: 20_009, service: "" });
  });

  it("lists every lease of a service, one group for each, by host and lease", async () => {
    assert.deepEqual(await targets(), ["10.0.0.1:20002", "10.0.0.1:20003", "[fd00::2]:20001"]);
  });

  it("says everything of a lease that relabelling may want", async () => {
    assert.deepEqual(await ask("service=orders&protocol=tcp"), [
      {
        targets: ["[fd00::2]:20001"],
        labels: {
          __meta_portlease_host_id: "b",
          __meta_portlease_host_name: "bee",
          __meta_portlease_host_label_topology_zone: "z1",
          __meta_portlease_service: "orders",
          __meta_portlease_instance: "blue",
          __meta_portlease_label_app_io_env: "prod",
          __meta_portlease_pool: "default",
          __meta_portlease_protocol: "tcp",
          __meta_portlease_port_count: "1",
          __meta_portlease_lease_id: "l1",
          __meta_portlease_state: "active",
        },
      },
    ]);
  });

  it("lists what the parameters want", async () => {
    assert.deepEqual(await targets("service=billing"), ["10.0.0.1:20003"]);
    assert.deepEqual(await targets("protocol=udp"), ["10.0.0.1:20002"]);
    assert.deepEqual(await targets("label.app.io%2Fenv=prod"), ["[fd00::2]:20001"]);
    assert.deepEqual(await targets("label.app.io%2Fenv=test"), []);
    assert.deepEqual(await targets("service=nobody"), []);
  });

  it("puts brackets around an IPv6 address once", async () => {
    lab.host("b", { address: "[fd00::2]" });
    assert.deepEqual(await targets("protocol=tcp&service=orders"), ["[fd00::2]:20001"]);
  });

  it("leaves out hosts that are not heard from, unless asked for them", async () => {
    lab.view.removePresence("b");
    assert.equal((await targets()).length, 2);
    assert.equal((await targets("stale=false")).length, 2);
    const stale = (await ask("stale=true")).filter(
      ({ labels }) => labels["__meta_portlease_state"] === "stale",
    );
    assert.deepEqual(
      stale.flatMap((group) => group.targets),
      ["[fd00::2]:20001"],
    );
  });

  it("keeps the first of two labels that come out as one", async () => {
    lab.lease("b", "l1", { labels: { "a.b": "second", "a-b": "first" } });
    const [, , group] = await ask();
    assert.equal(group?.labels["__meta_portlease_label_a_b"], "first");
  });

  it("refuses what it does not know instead of listing too much", async () => {
    await refused(
      "services=orders",
      /parameter "services"; there are service, protocol, stale and label/,
    );
    await refused("service=", /service is empty/);
    await refused("service=a&service=b", /service is given twice/);
    await refused("protocol=sctp", /must be tcp or udp/);
    await refused("stale=1", /must be true or false/);
    await refused("label.=x", /has no key/);
    await refused(
      Array.from({ length: 65 }, (_, index) => `label.k${index}=1`).join("&"),
      /at most 64/,
    );
  });

  it("refuses a list that is too long instead of cutting it", async () => {
    for (let index = 0; index < targetsMax; index += 1) {
      lab.lease("a", `many-${index}`, { service: "many", port: 1 + (index % 60_000) });
    }
    assert.equal((await ask("service=many")).length, targetsMax);
    await refused("", /more than 20000 leases/);
  });

  it("refuses labels that are too long together, before they fill the memory", async () => {
    const labels = Object.fromEntries(
      Array.from({ length: 32 }, (_, index) => [`key-${index}`, "v".repeat(255)]),
    );
    for (let index = 0; index < 5_000; index += 1) {
      lab.lease("a", `long-${index}`, { service: "long", port: 1 + index, labels });
    }
    await refused("service=long", /labels have more than 25165824 characters/);
  });

  it("is JSON as Prometheus wants it", async () => {
    const { contentType, text } = await httpSdPage(lab.view, lab.clock)(
      new URLSearchParams("protocol=udp"),
      Promise.resolve(),
    );
    assert.equal(contentType, "application/json");
    assert.deepEqual(JSON.parse(text), await ask("protocol=udp"));
  });

  it("bounds the answers that are made or taken, those that are refused among them, and says when to ask again", async () => {
    const page = httpSdPage(lab.view, lab.clock);
    const readers = Array.from({ length: httpSdAnswersMax }, newReader);
    const refusal = { name: "HttpRefusal", status: 503, headers: { "retry-after": "5" } };
    const askPage = async (query: string, over: Promise<void>) =>
      page(new URLSearchParams(query), over);
    for (const [index, { over }] of readers.entries()) {
      if (index === 0) await assert.rejects(askPage("nothing=1", over), { code: "field_invalid" });
      else await askPage("", over);
    }
    await assert.rejects(askPage("", Promise.resolve()), refusal);
    readers[0]?.leave();
    await readers[0]?.over;
    const last = newReader();
    assert.match((await askPage("", last.over)).text, /20001/);
    await assert.rejects(askPage("", Promise.resolve()), refusal);
  });
});

// Two fleet servers over one etcd, random changes, and restarts of one of them: what they answer is the same to the byte in the end.

import assert from "node:assert/strict";
import { Host_State } from "@portlease/proto/portlease/v1/fleet_service.js";
import { etcdOfSuite } from "../../support/etcd.js";
import { describeWithEtcd } from "../../support/etcd-program.js";
import { eventually } from "../../support/eventually.js";
import { FleetPicture } from "../../support/fleet-picture.js";
import { HttpCaller } from "../../support/http-caller.js";
import type { Acquired } from "../../support/lease-caller.js";
import { type PublishedBroker, startPublishedBroker } from "../../support/published-broker.js";
import { etcdSource, startTestFleet, type TestFleet } from "../../support/running-fleet.js";
import { SeededRandom } from "../../support/seeded-random.js";

const rounds = 60;
/** Of GetFleet, what a fleet server says of itself. */
const ofItself = new Set(["changes", "source", "version"]);

describeWithEtcd("two fleet servers", () => {
  const etcd = etcdOfSuite();
  const fleets: TestFleet[] = [];
  const brokers: PublishedBroker[] = [];

  after(async () => {
    for (const fleet of fleets) await fleet.dispose();
    for (const broker of brokers) await broker.dispose();
  });

  it("say the same after random changes and restarts of one of them", async () => {
    const random = new SeededRandom(20_261_126);
    for (const hostId of ["one", "two", "three"]) {
      brokers.push(await startPublishedBroker(etcd().url(), hostId, { labels: { rack: hostId } }));
    }
    fleets.push(await startTestFleet(etcdSource(etcd().endpoint)));
    fleets.push(await startTestFleet(etcdSource(etcd().endpoint)));
    const held: { readonly broker: PublishedBroker; readonly acquired: Acquired }[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const broker = brokers[random.integer(brokers.length)];
      if (broker !== undefined && random.integer(3) > 0 && held.length < 30) {
        const holder = {
          service: `service-${random.integer(4)}`,
          labels: { round: String(round) },
        };
        held.push({ broker, acquired: await broker.holder.acquire({ holder }) });
      } else {
        const [gone] = held.splice(random.integer(Math.max(1, held.length)), 1);
        await gone?.broker.holder.release(gone.acquired);
      }
      if (round % 20 === 10) {
        await fleets[1]?.dispose();
        fleets[1] = await startTestFleet(etcdSource(etcd().endpoint));
      }
    }
    // One that stopped is among them.
    await brokers.pop()?.dispose();
    const picture = await FleetPicture.open(fleets[0]?.address ?? "");
    await picture.until(
      "it has stopped",
      () => picture.hosts.get("three")?.state === Host_State.STATE_STOPPED,
    );
    picture.close();
    const expected = held.filter(({ broker }) => brokers.includes(broker));
    let [one, other] = ["", ""];
    // For a moment both may agree on what is not the last thing that happened.
    await eventually("both say the same, and all of it", async () => {
      [one = "", other = ""] = await Promise.all(fleets.map(said));
      return one === other && expected.every(({ acquired }) => one.includes(acquired.leaseId));
    }).catch((error: unknown) => {
      assert.equal(one, other);
      throw error;
    });
    assert.ok(expected.length > 5);
  });
});

/** Ages grow between two answers. */
async function said({ httpAddress }: TestFleet): Promise<string> {
  const asked = new HttpCaller(httpAddress ?? "");
  const lists = ["ListHosts", "ListFleetLeases", "ListProblems"].map(
    async (method) => (await asked.call(`FleetService/${method}`)).text,
  );
  const services = [0, 1, 2, 3].map(
    async (each) =>
      (await asked.call("FleetService/FindService", { service: `service-${each}` })).text,
  );
  const fleet = JSON.parse((await asked.call("FleetService/GetFleet")).text) as object;
  const totals = Object.entries(fleet).filter(([name]) => !ofItself.has(name));
  const targets = (await asked.get("/http_sd")).text;
  const answers = [
    ...(await Promise.all([...lists, ...services])),
    JSON.stringify(totals),
    targets,
  ];
  return answers.join("\n").replaceAll(/"staleAge":"[^"]*"/g, '"staleAge":""');
}

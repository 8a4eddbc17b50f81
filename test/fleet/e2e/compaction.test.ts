// etcd is compacted while a fleet server is cut off, and while one is held still: it reads everything anew, and nobody who watches
// sees anything go that is there.

import assert from "node:assert/strict";
import { join } from "node:path";
import type { ChildProcess } from "node:child_process";
import { finished, outputMatching, startCli } from "../../support/cli.js";
import { etcdOfSuite } from "../../support/etcd.js";
import { describeWithEtcd } from "../../support/etcd-program.js";
import { eventually } from "../../support/eventually.js";
import { FleetPicture } from "../../support/fleet-picture.js";
import { HttpCaller } from "../../support/http-caller.js";
import type { Acquired } from "../../support/lease-caller.js";
import { type PublishedBroker, startPublishedBroker } from "../../support/published-broker.js";
import { etcdSource, startTestFleet } from "../../support/running-fleet.js";
import { TcpRelay } from "../../support/tcp-relay.js";
import { temporaryDirectories } from "../../support/temporary-directory.js";

describeWithEtcd("a fleet server that is away while etcd is compacted", () => {
  const etcd = etcdOfSuite();
  const newDirectory = temporaryDirectories();
  let broker: PublishedBroker;
  let held: Acquired[];

  beforeEach(async () => {
    broker = await startPublishedBroker(etcd().url(), "host");
    held = [];
    for (let count = 0; count < 4; count += 1) held.push(await broker.holder.acquire());
  });

  afterEach(() => broker.dispose());

  const shows = (picture: FleetPicture): boolean =>
    picture.leaseIdsOf("host").join() ===
    held
      .map(({ leaseId }) => leaseId)
      .toSorted()
      .join();

  /** One of four goes, two come, and etcd forgets how. */
  async function changeAndCompact(): Promise<void> {
    const [gone] = held.splice(0, 1);
    if (gone !== undefined) await broker.holder.release(gone);
    held.push(await broker.holder.acquire(), await broker.holder.acquire());
    const kept = await eventually("etcd has it", async () => {
      const keys = await etcd().ctl("get", "--prefix", "/portlease/leases/host/", "--keys-only");
      return held.every(({ leaseId }) => keys.includes(leaseId)) && keys;
    });
    assert.ok(!kept.includes(gone?.leaseId ?? ""));
    await etcd().ctl("put", "/elsewhere", "x");
    const { header } = JSON.parse(await etcd().ctl("get", "/elsewhere", "-w", "json")) as {
      readonly header: { readonly revision: number };
    };
    await etcd().ctl("compact", "--physical", String(header.revision));
  }

  it("since its connection broke, reads everything anew, and nothing flickers", async () => {
    const line = await TcpRelay.start(etcd().endpoint);
    const fleet = await startTestFleet(etcdSource(line.endpoint));
    const picture = await FleetPicture.open(fleet.address);
    try {
      await picture.until("all four leases", () => shows(picture));
      line.break();
      await picture.until("it is away", () => picture.fleet?.source?.connected === false);
      await changeAndCompact();
      picture.forgetFewest();
      line.mend();
      await picture.until("what is there now", () => shows(picture));
      await picture.until("nothing is wrong", () => picture.problems.length === 0);
      assert.deepEqual(picture.fewest, { hosts: 1, leases: 4 });
      const { text } = await new HttpCaller(fleet.httpAddress ?? "").get("/metrics");
      assert.match(text, /^portlease_fleet_source_compactions_total 1$/m);
    } finally {
      picture.close();
      await fleet.dispose();
      await line.close();
    }
  });

  it("since it was held still, ends right as well", async () => {
    const dataDirectory = join(newDirectory(), "data");
    const words = ["--etcd", etcd().url(), "--listen", "127.0.0.1:0", "--http-listen", "off"];
    const server = startCli(["fleet", ...words, "--data-dir", dataDirectory]);
    const line = await outputMatching(server.stdout, /^\{"ready":true.*\}\n/);
    const { address } = JSON.parse(line) as { readonly address: string };
    const picture = await FleetPicture.open(address);
    try {
      await picture.until("all four leases", () => shows(picture));
      picture.forgetFewest();
      await holdStill(server, changeAndCompact);
      await picture.until("what is there now", () => shows(picture));
      assert.equal(picture.fewest.hosts, 1);
      await picture.until("nothing is wrong", () => picture.problems.length === 0);
    } finally {
      picture.close();
      server.kill("SIGTERM");
      assert.equal((await finished(server)).exitCode, 0);
    }
  });
});

async function holdStill(server: ChildProcess, meanwhile: () => Promise<void>): Promise<void> {
  server.kill("SIGSTOP");
  try {
    await meanwhile();
  } finally {
    server.kill("SIGCONT");
  }
}

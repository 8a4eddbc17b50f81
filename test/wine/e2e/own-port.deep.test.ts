// The port that the broker itself listens on, among Windows programs that want it, and where Windows keeps it for itself.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Discovery } from "#server/endpoint/discovery-file.js";
import { logLines } from "../support/broker-log.js";
import { EndToEndLab } from "../support/end-to-end-lab.js";
import { httpServedBy } from "../support/served-by.js";
import { HttpCaller } from "../../support/http-caller.js";
import { describeInWine, wineLab } from "../support/wine-lab.js";
import { runWineCli } from "../support/wine-cli.js";

/** Where brokers write it unless told, and clients look. */
const discoveryFile = {
  ofWindows: String.raw`C:\ProgramData\portlease\broker.json`,
  get ofLinux(): string {
    const { WINEPREFIX = "" } = wineLab().environment;
    return join(WINEPREFIX, "drive_c", "ProgramData", "portlease", "broker.json");
  },
};

const pipe = String.raw`\\.\pipe\portlease`;

describeInWine("the port of the broker itself", function () {
  this.timeout(120_000);
  let lab: EndToEndLab;

  beforeEach(async () => {
    lab = await EndToEndLab.open();
  });
  afterEach(() => lab.close());

  async function pools(kind: "persistent" | "runtime" = "persistent") {
    return [{ name: "default", kind, start: await lab.take(4), size: 4 }] as const;
  }

  it("is refused to others while it runs and after it was killed, and is its own again at the next start", async () => {
    const configured = await pools();
    const broker = await lab.startBroker(configured);
    const port = Number(broker.address.split(":")[1]);
    const own = async () =>
      (await lab.pool.reservations("persistent")).filter(({ firstPort }) => firstPort === port);
    const reserved = await own();
    assert.deepEqual(
      reserved.map(({ protocol, portCount }) => [protocol, portCount]),
      [["tcp", 1]],
    );
    const stranger = await lab.stranger();
    assert.equal(await stranger.listen(port), "EACCES");
    await broker.kill();
    assert.equal(await stranger.listen(port), "EACCES");

    const again = await lab.startBroker(configured);
    assert.equal(again.address, broker.address);
    assert.deepEqual(await own(), reserved);
    assert.equal((await lab.caller().acquire()).portCount, 1);
  });

  it("is reserved for HTTP as for gRPC", async () => {
    const [grpc, http] = [await lab.take(1), await lab.take(1)];
    const address = `127.0.0.1:${http}`;
    const flags = ["--listen", `127.0.0.1:${grpc}`, "--http-listen", address];
    const broker = await lab.startBroker(await pools(), { flags });
    assert.equal(broker.ready.httpAddress, address);
    const reserved = await lab.pool.reservations("persistent");
    for (const port of [grpc, http]) {
      assert.ok(reserved.some(({ firstPort, portCount }) => firstPort === port && portCount === 1));
    }
    assert.equal((await new HttpCaller(address).get("/readyz")).status, 200);
    await broker.kill();
    assert.equal(await (await lab.stranger()).listen(http), "EACCES");
  });

  it("is given back when the broker listens elsewhere", async () => {
    const configured = await pools();
    const broker = await lab.startBroker(configured);
    const port = Number(broker.address.split(":")[1]);
    await broker.stop();
    const stranger = await lab.stranger();
    assert.equal(await stranger.listen(port), "EACCES");
    const elsewhere = `127.0.0.1:${await lab.take(1)}`;
    assert.equal(
      (await lab.startBroker(configured, { flags: ["--listen", elsewhere] })).address,
      elsewhere,
    );
    assert.equal(await stranger.listen(port), "OK");
  });

  it("becomes a free one and a named pipe where Windows keeps it for itself, by which clients find the broker", async () => {
    const port = await lab.take(1);
    await lab.pool.exclude("tcp", port, 1);
    const flags = ["--listen", `127.0.0.1:${port}`, "--discovery-file", discoveryFile.ofWindows];
    const broker = await lab.startBroker(await pools("runtime"), { flags });

    const discovery = JSON.parse(readFileSync(discoveryFile.ofLinux, "utf8")) as Discovery;
    assert.deepEqual(discovery.addresses, [broker.address, `unix:${pipe}`]);
    assert.equal(discovery.processId, broker.ready.processId);
    assert.notEqual(broker.address, `127.0.0.1:${port}`);
    const warning = logLines(broker).find(({ message }) =>
      message.startsWith("the port cannot be had"),
    );
    assert.equal(warning?.level, "warn");
    assert.equal(warning["address"], `127.0.0.1:${port}`);
    assert.match(String(warning["ports"]), new RegExp(`^${port}-${port} \\(excluded`));

    const found = await runWineCli(lab.pool, ["blocks", "--timeout", "30s"]);
    assert.match(found.stdout, /runtime +active/, found.stderr);
    const byPipe = ["blocks", "--timeout", "30s", "--address", `unix:${pipe}`];
    const throughPipe = await runWineCli(lab.pool, byPipe);
    assert.match(throughPipe.stdout, /runtime +active/, throughPipe.stderr);

    const sidecar = await lab.sidecar({ address: `unix:${pipe}`, elevated: false });
    const [leased = 0] = (await sidecar.acquire()).ports;
    await sidecar.serve();
    assert.equal(await httpServedBy(leased), sidecar.processId);

    await broker.stop();
    assert.throws(() => readFileSync(discoveryFile.ofLinux), { code: "ENOENT" });
  });
});

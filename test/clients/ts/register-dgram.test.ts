// dgram sockets under `--import @portlease/client/register`, with a real broker that has UDP ports.

import assert from "node:assert/strict";
import { eventually } from "../../support/eventually.js";
import { askApp } from "./support/ask-app.js";
import { registerApps } from "./support/register-apps.js";
import { RegisterLab } from "./support/register-lab.js";

/** Prints what happens to a socket that sends before it is bound, is bound twice, and is closed too early. */
const hastySockets = `
import { createSocket } from "node:dgram";
const socket = createSocket("udp4").bind({ port: "portlease:hasty", address: "localhost" });
socket.send("early", 9, "127.0.0.1", () => {
  console.log("sent from " + socket.address().port);
  socket.close();
});
try { socket.bind(0); } catch (error) { console.log(error.code); }
const closed = createSocket("udp4").bind(0, () => console.log("never"));
closed.close(() => console.log("closed"));
`;

describe("A dgram socket under --import @portlease/client/register", function () {
  this.timeout(120_000);
  let lab: RegisterLab;

  before(async function () {
    if (process.platform !== "linux") this.skip();
    lab = await RegisterLab.start({ protocol: "udp" });
  });
  afterEach(() => lab?.endApps());
  after(() => lab?.dispose());

  const environment = { PORTLEASE_UDP_POOL: "default" };

  it("receives on a leased port, and gives it back at SIGTERM", async () => {
    const app = lab.startApp("dgram.mjs", registerApps["dgram.mjs"], { environment });
    const port = await app.listening();
    assert.equal(await askApp("dgram.mjs", port), "dgram.mjs");
    assert.deepEqual(await lab.leases(), [`dgram ${port}`]);
    assert.equal(await app.kill("SIGTERM"), "SIGTERM");
    assert.deepEqual(await lab.leases(), []);
  });

  it("sends from the leased port what was sent before it had one, and ends when it is closed", async () => {
    const app = lab.startApp("hasty.mjs", hastySockets, { environment });
    assert.equal(await app.ended(), 0);
    const port = Number(/sent from (\d+)/.exec(app.stdout)?.[1]);
    const { firstPort = 0, lastPort = 0 } = lab.broker.blocks[0] ?? {};
    assert.ok(port >= firstPort && port <= lastPort, app.stdout);
    const others = app.stdout.split("\n").filter((line) => !line.startsWith("sent"));
    assert.deepEqual(others.toSorted(), ["", "ERR_SOCKET_ALREADY_BOUND", "closed"]);
    await eventually("no lease", async () => (await lab.leases()).length === 0);
  });

  it("is Node's alone where no pool of UDP ports is named", async () => {
    const app = lab.startApp("dgram.mjs", registerApps["dgram.mjs"]);
    assert.equal(await askApp("dgram.mjs", await app.listening()), "dgram.mjs");
    assert.deepEqual(await lab.leases(), []);
    await app.kill("SIGTERM");
  });
});

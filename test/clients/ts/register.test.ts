// Programs that know nothing of portlease, as real processes under `--import @portlease/client/register`, with a real broker.

import assert from "node:assert/strict";
import { once } from "node:events";
import { lookup } from "node:dns/promises";
import { connect, createServer, type AddressInfo } from "node:net";
import { eventually } from "../../support/eventually.js";
import { CertificateAuthority } from "../../support/certificates.js";
import { askApp } from "./support/ask-app.js";
import { registerApps, type RegisterApp } from "./support/register-apps.js";
import { RegisterLab, type App, type StartOptions } from "./support/register-lab.js";

describe("A program under --import @portlease/client/register", function () {
  this.timeout(120_000);
  let lab: RegisterLab;

  before(async function () {
    if (process.platform !== "linux") this.skip();
    lab = await RegisterLab.start();
  });
  afterEach(() => lab?.endApps());
  after(() => lab?.dispose());

  const start = (name: RegisterApp, options: StartOptions = {}): App =>
    lab.startApp(name, registerApps[name], options);
  const nothingLeased = () => eventually("no lease", async () => (await lab.leases()).length === 0);

  function certificate(): Record<string, string> {
    const { cert, key } = new CertificateAuthority().issue({ commonName: "localhost" });
    return { CERT: lab.file("cert.pem", cert), KEY: lab.file("key.pem", key) };
  }

  it("serves on a leased port, and gives it back at SIGTERM: http, https, http2, net, grpc-js", async () => {
    const names = ["http.mjs", "https.mjs", "http2.mjs", "net.mjs", "grpc.cjs"] as const;
    const environment = certificate();
    const apps = names.map((name) => ({ name, app: start(name, { environment }) }));
    const expected: string[] = [];
    for (const { name, app } of apps) {
      const port = await app.listening();
      assert.equal(await askApp(name, port), name);
      expected.push(`${name === "net.mjs" ? "orders" : name.replace(/\..*/, "")} ${port}`);
    }
    const found = [...(await lab.leases())];
    assert.deepEqual(found.toSorted(), expected.toSorted());
    for (const { app } of apps) assert.equal(await app.kill("SIGTERM"), "SIGTERM");
    assert.deepEqual(await lab.leases(), []);
  });

  it("of grpc-js listens on every address of localhost, by one lease (semantics 29)", async () => {
    const app = start("grpc.cjs");
    const port = await app.listening();
    for (const { address } of await lookup("localhost", { all: true })) {
      const socket = connect(port, address);
      await once(socket, "connect");
      socket.destroy();
    }
    assert.deepEqual(await lab.leases(), [`grpc ${port}`]);
    await app.kill("SIGTERM");
  });

  it("is known by PORTLEASE_SERVICE and PORTLEASE_INSTANCE", async () => {
    const environment = { PORTLEASE_SERVICE: "billing", PORTLEASE_INSTANCE: "eu-1" };
    const app = start("http.mjs", { environment });
    const port = await app.listening();
    const [lease] = await lab.caller.list();
    assert.deepEqual(
      [lease?.port, lease?.holder?.service, lease?.holder?.instance],
      [port, "billing", "eu-1"],
    );
    await app.kill("SIGTERM");
  });

  it("leases the port that PORT names, and no other; one that is leased already is EADDRINUSE", async () => {
    const { firstPort = 0 } = lab.broker.blocks[0] ?? {};
    const environment = { PORT: String(firstPort + 7) };
    const first = start("http.mjs", { environment });
    assert.equal(await first.listening(), firstPort + 7);
    assert.deepEqual(await lab.leases(), [`http ${firstPort + 7}`]);
    const second = start("http.mjs", { environment });
    assert.equal(await second.ended(), 1);
    assert.match(second.stderr, /listen EADDRINUSE.*PORT_LEASED/);
    assert.match(second.stderr, /code: 'EADDRINUSE'/);
    await first.kill("SIGTERM");
  });

  it("ends by itself when its server is closed, with the port given back", async () => {
    const app = lab.startApp(
      "closes.mjs",
      `import { createServer } from "node:http";
       const server = createServer().listen(0, () => server.close(() => console.log("closed")));`,
    );
    assert.equal(await app.ended(), 0);
    assert.equal(app.stdout, "closed\n");
    assert.equal(app.stderr, "");
    assert.deepEqual(await lab.leases(), []);
  });

  it("never listens when its server is closed before the lease comes, and keeps none", async () => {
    const app = lab.startApp(
      "hasty.mjs",
      `import { createServer } from "node:net";
       const server = createServer().listen(0, () => console.log("listening"));
       server.on("close", () => console.log("close"));
       server.close((error) => console.log(error?.code));`,
    );
    assert.equal(await app.ended(), 0);
    assert.equal(app.stdout, "close\nundefined\n");
    await nothingLeased();
  });

  it("leaves other ports, paths and the sockets of clients to Node", async () => {
    const app = lab.startApp(
      "others.mjs",
      `import { createServer } from "node:net";
       import { createSocket } from "node:dgram";
       const fixed = createServer().listen(process.env.FIXED);
       console.log("at once " + fixed.address().port);
       createServer().listen("\\0portlease-test-" + process.pid, function () { console.log(typeof this.address()); });
       const client = createSocket("udp4");
       client.send("x", 9, "127.0.0.1", () => console.log("sent from " + client.address().port));
       createServer().listen({ fd: fixed._handle.fd }).on("error", () => undefined);`,
      { environment: { PORTLEASE_UDP_POOL: "default", FIXED: String(await freePort()) } },
    );
    await app.printed(/at once \d+\n[^]*sent from \d+/);
    await app.printed(/string/);
    assert.deepEqual(await lab.leases(), []);
    await app.kill("SIGTERM");
  });

  it("fails with ECONNREFUSED and the reason where no broker is", async () => {
    const environment = { PORTLEASE_ADDRESS: "127.0.0.1:1", PORTLEASE_WAIT_BROKER: "1ms" };
    const app = start("http.mjs", { environment });
    assert.equal(await app.ended(), 1);
    assert.match(app.stderr, /listen (ECONNREFUSED|ETIMEDOUT): BROKER_(UNREACHABLE|TIMEOUT)/);
    assert.match(app.stderr, /PORTLEASE_WITHOUT_BROKER=listen/);
  });

  it("listens without a lease where no broker is and PORTLEASE_WITHOUT_BROKER allows it", async () => {
    const environment = {
      PORTLEASE_ADDRESS: "127.0.0.1:1",
      PORTLEASE_WAIT_BROKER: "1ms",
      PORTLEASE_WITHOUT_BROKER: "listen",
    };
    const apps = (["http.mjs", "net.mjs"] as const).map((name) => ({
      name,
      app: start(name, { environment }),
    }));
    for (const { name, app } of apps) {
      assert.equal(await askApp(name, await app.listening()), name);
      assert.match(app.stderr, /without a lease/);
      await app.kill("SIGTERM");
    }
  });

  it("does not start with a setting that has no meaning", async () => {
    const app = start("http.mjs", { environment: { PORTLEASE_ON_LOST: "panic" } });
    assert.equal(await app.ended(), 1);
    assert.match(app.stderr, /PORTLEASE_ON_LOST is "panic"; give one of ignore, close, exit/);
  });
});

/** One outside of the broker's block. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

// HTTP of real brokers: where they serve it and how they tell, and who may call over TLS with tokens and certificates.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { exitCodes } from "#cli/exit-codes.js";
import { AccessFiles, loopbackNames } from "../support/access-lab.js";
import { BrokerLab } from "../support/broker-lab.js";
import { CertificateAuthority, type Issued } from "../support/certificates.js";
import { eventually } from "../support/eventually.js";
import { itOnPosix } from "../support/platform-only.js";
import { HttpCaller } from "../support/http-caller.js";
import { startTestBroker, type TestBroker } from "../support/running-broker.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

describe("portlease serve, by HTTP", () => {
  let lab: BrokerLab;

  beforeEach(async () => {
    lab = await BrokerLab.open();
  });

  afterEach(() => lab.close());

  it("serves beside gRPC, and tells where: when it is ready, to callers, and in its discovery file", async () => {
    const discoveryFile = join(lab.newDirectory(), "broker.json");
    const port = await lab.takePorts(1);
    const address = `127.0.0.1:${port}`;
    const flags = ["--http-listen", address, "--discovery-file", discoveryFile];
    const broker = await lab.start({ flags });
    assert.equal(broker.ready.httpAddress, address);
    const discovery = JSON.parse(readFileSync(discoveryFile, "utf8")) as { http: string };
    assert.equal(discovery.http, `http://${address}/`);
    const caller = new HttpCaller(address);
    const { text } = await caller.call("AdminService/GetBroker");
    assert.match(text, new RegExp(`"dashboardUrl":"http://${address}/"`));
    assert.equal((await caller.get("/readyz")).status, 200);
    const metrics = await caller.get("/metrics");
    assert.equal(metrics.status, 200);
    assert.match(metrics.text, /^portlease_/m);
    const rebound = { host: `evil.example.org:${port}` };
    assert.equal((await caller.call("AdminService/GetBroker", {}, rebound)).status, 421);
    const foreign = { origin: "http://evil.example.org" };
    assert.equal((await caller.call("AdminService/GetBroker", {}, foreign)).status, 403);
  });

  it("takes no port when it is off", async () => {
    const broker = await lab.start({ flags: ["--http-listen", "off"] });
    assert.equal(broker.ready.httpAddress, null);
  });

  // On Windows it goes to another port, as with that of gRPC (semantics 20): test/wine/e2e/own-port.deep.test.ts.
  itOnPosix("does not start where somebody else has the port that was asked for", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    try {
      const { port } = other.address() as AddressInfo;
      const flags = ["--http-listen", `127.0.0.1:${port}`];
      const { exit, stderr } = await lab.failToStart({ flags, logFormat: "text" });
      assert.equal(exit.exitCode, exitCodes.failure);
      assert.match(stderr, new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port} .*--http-listen`));
    } finally {
      other.close();
    }
  });

  it("ends its streams with a word when it stops, and is gone", async () => {
    const broker = await lab.start();
    const caller = new HttpCaller(broker.ready.httpAddress ?? "");
    const events = await caller.stream("LeaseService/WatchLeases");
    assert.equal((await events.next())?.event, "message");
    const stopped = broker.kill("SIGTERM");
    const last = await events.next();
    assert.equal(last?.event, "error");
    assert.match(JSON.stringify(last.data), /"unavailable"/);
    assert.equal(await events.next(), null);
    assert.equal((await stopped).exitCode, 0);
  });
});

describe("HTTP over TLS", () => {
  const newDirectory = temporaryDirectories();
  const viewerToken = "v".repeat(40);
  let files: AccessFiles;
  let broker: TestBroker;

  beforeEach(async () => {
    files = new AccessFiles(newDirectory());
    const tls = files.tls({
      clientCaFile: files.caFile(),
      identities: [{ match: "DNS:orders.example.org", role: "holder" }],
    });
    const tokens = [files.token("eyes", "viewer", viewerToken)];
    broker = await startTestBroker({}, { requireToken: true, tokens, tls });
  });

  afterEach(() => broker.dispose());

  function caller(client?: Issued): HttpCaller {
    const { cert: ca } = files.authority;
    return new HttpCaller(broker.httpAddress ?? "", { ca, servername: "localhost", ...client });
  }

  it("knows its callers by token and by certificate, and nobody by being on this host", async () => {
    const nobody = await caller().call("AdminService/GetBroker");
    assert.equal(nobody.status, 401);
    assert.equal((await caller().get("/metrics")).status, 401);
    const bearer = { authorization: `Bearer ${viewerToken}` };
    assert.equal((await caller().call("AdminService/GetBroker", {}, bearer)).status, 200);
    assert.equal((await caller().get("/metrics", bearer)).status, 200);
    const acquire = { holder: { service: "orders" } };
    assert.equal((await caller().call("LeaseService/AcquireLease", acquire, bearer)).status, 403);
    const names = ["DNS:orders.example.org"];
    const orders = files.authority.issue({ commonName: "orders", names });
    const leased = await caller(orders).call("LeaseService/AcquireLease", {
      ...acquire,
      validateOnly: true,
    });
    assert.equal(leased.status, 200, leased.text);
    assert.equal((await caller(orders).call("AdminService/GetBroker")).status, 403);
    const forger = new CertificateAuthority().issue({ commonName: "orders", names });
    assert.equal((await caller(forger).call("LeaseService/AcquireLease", acquire)).status, 401);
    // Probes are open to everybody.
    assert.equal((await caller().get("/healthz")).status, 200);
  });

  it("does not answer in clear text", async () => {
    const plain = new HttpCaller(broker.httpAddress ?? "");
    await assert.rejects(plain.get("/healthz"));
  });

  it("takes a new certificate without a restart", async () => {
    const next = new CertificateAuthority("the next authority");
    const issued = next.issue({ commonName: "broker", names: loopbackNames });
    files.tls({}, issued);
    const trusting = new HttpCaller(broker.httpAddress ?? "", {
      ca: next.cert,
      servername: "localhost",
    });
    const taken = () =>
      trusting.get("/healthz").then(
        ({ status }) => status === 200,
        () => false,
      );
    await eventually("the new certificate is shown", taken);
    await assert.rejects(caller().get("/healthz"));
  });
});

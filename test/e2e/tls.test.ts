// TLS and client certificates on a real broker, over loopback, with certificates made in the test. Tokens are required throughout,
// so that being on this host proves nothing.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectPlainly } from "node:net";
import { connect } from "node:tls";
import type { TlsConfig } from "#server/config/config.js";
import { toPortleaseError } from "@portlease/client";
import { LeaseServiceClient } from "@portlease/proto/portlease/v1/lease_service.js";
import { credentials, type ChannelCredentials, type ServiceError } from "@grpc/grpc-js";
import { AccessCaller, AccessFiles, loopbackNames, replaceFile } from "../support/access-lab.js";
import { CertificateAuthority, type Issued } from "../support/certificates.js";
import { eventually } from "../support/eventually.js";
import { failureOf } from "../support/rpc-failure.js";
import { startTestBroker, type TestBroker } from "../support/running-broker.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

const holderToken = "h".repeat(40);

describe("a broker with TLS", () => {
  const newDirectory = temporaryDirectories();
  const callers: AccessCaller[] = [];
  let files: AccessFiles;
  let broker: TestBroker;

  beforeEach(() => {
    files = new AccessFiles(newDirectory());
  });

  afterEach(async () => {
    for (const opened of callers.splice(0)) opened.close();
    await broker.dispose();
  });

  async function start(tls: TlsConfig): Promise<void> {
    const tokens = [files.token("work", "holder", holderToken)];
    broker = await startTestBroker({}, { requireToken: true, tokens, tls });
  }

  function caller(token: string | null, channel: ChannelCredentials): AccessCaller {
    const made = new AccessCaller(broker.address, token, channel);
    callers.push(made);
    return made;
  }

  /** What a client tells its user about the connection that does not come about. */
  async function unreachable(channel: ChannelCredentials, serverName: string): Promise<string> {
    const options = {
      "grpc.use_local_subchannel_pool": 1,
      "grpc.ssl_target_name_override": serverName,
    };
    const client = new LeaseServiceClient(broker.address, channel, options);
    const error = await new Promise<ServiceError>((resolve, reject) => {
      client.getLease({ leaseId: "x" }, (failure) =>
        failure === null ? reject(new Error("it was answered")) : resolve(failure),
      );
    });
    client.close();
    return toPortleaseError(error, broker.address).message;
  }

  it("serves clients that believe its authority, on one connection for all calls and streams", async () => {
    await start(files.tls());
    const worker = caller(holderToken, files.channel());
    await worker.acquire();
    await worker.pingOnce();
    const failure = await failureOf(caller(null, files.channel()).acquire());
    assert.equal(failure.reason, "TOKEN_MISSING");
  });

  it("tells clients in words what is wrong between them", async () => {
    await start(files.tls());
    const stranger = new CertificateAuthority("somebody else");
    const unknown = credentials.createSsl(Buffer.from(stranger.cert));
    assert.match(await unreachable(unknown, "localhost"), /--ca-file/);
    assert.match(await unreachable(files.channel(), "db.example"), /serverName/);
    assert.match(await unreachable(credentials.createInsecure(), "localhost"), /TLS does so/);
  });

  it("starts with a certificate that has expired, and says so on both sides", async () => {
    const notAfter = new Date(Date.now() - 1_000);
    const issued = files.authority.issue({ commonName: "old", names: loopbackNames, notAfter });
    await start(files.tls({}, issued));
    assert.match(broker.logged(), /has expired/);
    assert.match(await unreachable(files.channel(), "localhost"), /has expired: give the broker/);
  });

  it("knows callers by their certificates, and only those of its clients' authority", async () => {
    const identities = [{ match: "URI:spiffe://example.org/*", role: "holder" }] as const;
    await start(files.tls({ clientCaFile: files.caFile(), identities }));
    const named = (uri: string): Issued =>
      files.authority.issue({ commonName: "client", names: [`URI:${uri}`] });
    await caller(null, files.channel(named("spiffe://example.org/orders"))).acquire();
    const other = caller(null, files.channel(named("spiffe://other.example/orders")));
    assert.equal((await failureOf(other.acquire())).reason, "TOKEN_MISSING");
    // Signed by others, who call themselves as they like: with the authority's own name TLS already ends the connection.
    for (const name of ["another authority", "portlease test authority"]) {
      const forged = new CertificateAuthority(name).issue({
        commonName: "client",
        names: ["URI:spiffe://example.org/orders"],
      });
      const failure = await failureOf(caller(null, files.channel(forged)).acquire());
      assert.ok(["TOKEN_MISSING", ""].includes(failure.reason), failure.message);
    }
    // Without a certificate a token is still as good as ever.
    await caller(holderToken, files.channel()).acquire();
  });

  it("lets nobody in without a certificate where one is required", async () => {
    const clientCaFile = files.caFile();
    await start(files.tls({ clientCaFile, requireClientCertificate: true }));
    const client = files.authority.issue({ commonName: "client" });
    await caller(holderToken, files.channel(client)).acquire();
    const failure = await failureOf(caller(holderToken, files.channel()).acquire());
    assert.equal(failure.codeName, "UNAVAILABLE");
  });

  it("takes a new certificate without a restart; connections go on, and a broken one changes nothing", async () => {
    const tls = files.tls();
    await start(tls);
    const before = caller(holderToken, files.channel());
    await before.acquire();
    const serialSeen = async (): Promise<string> => {
      const [host = "", port = ""] = broker.address.split(":");
      const socket = connect({
        host,
        port: Number(port),
        ca: files.authority.cert,
        servername: "localhost",
        ALPNProtocols: ["h2"],
      });
      await once(socket, "secureConnect");
      const { serialNumber } = socket.getPeerCertificate();
      socket.destroy();
      return serialNumber;
    };
    const first = await serialSeen();
    replaceFile(tls.certFile, "no certificate");
    await eventually("it is told", () => broker.logged().includes("the one before stays"));
    assert.equal(await serialSeen(), first);
    const next = files.authority.issue({ commonName: "next", names: loopbackNames });
    replaceFile(tls.keyFile, next.key);
    replaceFile(tls.certFile, next.cert);
    await eventually("the new one is served", async () => (await serialSeen()) !== first);
    await before.acquire();
    await caller(holderToken, files.channel()).acquire();
  });

  it("resumes no session, which would bring back what was verified with the authorities of then", async () => {
    await start(files.tls({ clientCaFile: files.caFile() }));
    const [host = "", port = ""] = broker.address.split(":");
    for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
      let session: Buffer | undefined;
      for (let time = 1; time <= 2; time += 1) {
        const socket = connect({
          host,
          port: Number(port),
          ca: files.authority.cert,
          servername: "localhost",
          ALPNProtocols: ["h2"],
          maxVersion,
          session,
        });
        socket.on("session", (given: Buffer) => (session = given));
        socket.resume();
        await once(socket, "secureConnect");
        assert.equal(socket.isSessionReused(), false, `${maxVersion} ${time}`);
        // Sessions of TLS 1.3 come after the handshake, with the first data.
        await once(socket, "data").catch(() => undefined);
        session ??= socket.getSession();
        socket.destroy();
      }
    }
  });

  it("speaks HTTP/2 over TLS 1.2 and later, and nothing else", async () => {
    await start(files.tls());
    const [host = "", port = ""] = broker.address.split(":");
    const at = { host, port: Number(port), ca: files.authority.cert, servername: "localhost" };
    const modern = connect({ ...at, ALPNProtocols: ["h2"], maxVersion: "TLSv1.2" });
    await once(modern, "secureConnect");
    assert.deepEqual([modern.getProtocol(), modern.alpnProtocol], ["TLSv1.2", "h2"]);
    modern.destroy();
    // The weakest ciphers are allowed on this side, so that it is the broker who refuses.
    const old = connect({
      ...at,
      ALPNProtocols: ["h2"],
      minVersion: "TLSv1",
      maxVersion: "TLSv1.1",
      ciphers: "DEFAULT@SECLEVEL=0",
    });
    await assert.rejects(once(old, "secureConnect"));
    const speechless = connect(at);
    speechless.on("error", () => undefined);
    await once(speechless, "close");
    const plain = connectPlainly(at.port, host);
    plain.on("error", () => undefined);
    plain.write("GET / HTTP/1.1\r\n\r\n");
    await once(plain, "close");
  });
});

describe("a broker that other hosts can reach", () => {
  const newDirectory = temporaryDirectories();

  it("listens on all addresses, and tells clients of this host one that they can use", async () => {
    const files = new AccessFiles(newDirectory());
    const tokens = [files.token("work", "holder", holderToken)];
    const tls = files.tls();
    const broker = await startTestBroker({}, { listen: "0.0.0.0:0", tokens, tls });
    assert.match(broker.address, /^127\.0\.0\.1:/);
    assert.equal(broker.secured, true);
    const caller = new AccessCaller(broker.address, holderToken, files.channel());
    await caller.acquire();
    caller.close();
    await broker.dispose();
  });
});

describe("a broker whose certificate cannot be used", () => {
  const newDirectory = temporaryDirectories();

  it("does not start, and says which file and why", async () => {
    const files = new AccessFiles(newDirectory());
    const tls = files.tls();
    const other = files.authority.issue({ commonName: "other" });
    replaceFile(tls.keyFile, other.key);
    const start = (changed: TlsConfig) => startTestBroker({}, { tls: changed });
    await assert.rejects(
      start(tls),
      /broker\.crt and the key .*broker\.key cannot be used together/,
    );
    await assert.rejects(start({ ...tls, keyFile: "/nonexistent" }), /tls\.keyFile \/nonexistent/);
    const clientCaFile = files.write("ca.crt", "nothing");
    await assert.rejects(start({ ...files.tls(), clientCaFile }), /ca\.crt has no certificate/);
  });
});

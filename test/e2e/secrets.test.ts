// Secrets planted in a whole scenario on a real broker, and then looked for in everything that it says: lists, watches, history,
// export, errors, metrics, its log at level debug, its audit log, and the files that others may read.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AcquireLeaseResponse } from "@portlease/proto/portlease/v1/lease_service.js";
import { AccessFiles, loopbackNames } from "../support/access-lab.js";
import { everyMethod, type Method } from "../support/access-matrix.js";
import { eventually } from "../support/eventually.js";
import { type HttpAnswer, HttpCaller } from "../support/http-caller.js";
import { adminTokenIn } from "../support/lease-caller.js";
import { startTestBroker, type TestBroker } from "../support/running-broker.js";
import { SecretHunt } from "../support/secret-hunt.js";
import { temporaryDirectories } from "../support/temporary-directory.js";
import { WireReader, type WireStream } from "../support/wire-reader.js";

/** Names by contract: whoever puts a secret there has made it known. */
const publicFields = new Set(["service", "instance", "reason"]);
/** Their answers have new secrets, which nobody has planted. */
const grants = new Set(["AcquireLease"]);

const nameOf = ({ path }: Method): string => path.slice(path.lastIndexOf("/") + 1);
const methods = new Map(everyMethod.map((each) => [nameOf(each), each]));

function method(name: string): Method {
  const found = methods.get(name);
  if (found === undefined) throw new Error(`there is no method ${name}`);
  return found;
}

describe("the secrets of a broker", () => {
  const newDirectory = temporaryDirectories();
  let broker: TestBroker;
  let hunt: SecretHunt;
  let admin: WireReader;
  let holder: WireReader;
  let web: HttpCaller;
  let webHeaders: Record<string, string>;
  /** What each output says, by what it is. */
  let outputs: Map<string, Buffer>;
  const watches: WireStream[] = [];
  const secrets: string[] = [];

  before(async () => {
    hunt = new SecretHunt();
    outputs = new Map();
    const files = new AccessFiles(newDirectory());
    const issued = files.authority.issue({ commonName: "broker", names: loopbackNames });
    hunt.plantKey("the key of the certificate", issued.key);
    const token = (role: "holder" | "viewer" | "admin") => {
      const value = hunt.plant(`the token of a ${role}`, `${role}-secret-`.padEnd(43, "x"));
      secrets.push(value);
      return files.token(role, role, value);
    };
    const tokens = [token("holder"), token("viewer"), token("admin")];
    broker = await startTestBroker(
      {},
      { requireToken: true, tokens, tls: files.tls({}, issued), auditLog: auditLog() },
    );
    hunt.plant("the admin token", adminTokenIn(broker.adminTokenFile));
    const [holderToken = "", , adminToken = ""] = secrets;
    admin = new WireReader(broker.address, adminToken, files.channel());
    holder = new WireReader(broker.address, holderToken, files.channel());
    web = new HttpCaller(broker.httpAddress ?? "", {
      ca: files.authority.cert,
      servername: "localhost",
    });
    webHeaders = { authorization: `Bearer ${adminToken}` };
    watches.push(
      admin.stream(method("WatchLeases")),
      admin.stream(method("WatchBroker"), { ports: true, maxEvents: 1_000 }),
    );
  });

  after(async () => {
    for (const watch of watches) watch.stop();
    admin.close();
    holder.close();
    await broker.dispose();
  });

  const auditPath = (): string => join(keptFolder, "audit.log");
  let keptFolder = "";
  function auditLog() {
    keptFolder = newDirectory();
    return { file: auditPath(), bytesMax: 10_000_000, filesMax: 2 };
  }

  function say(what: string, output: string | Uint8Array): void {
    outputs.set(what, Buffer.concat([outputs.get(what) ?? Buffer.alloc(0), Buffer.from(output)]));
  }

  /** A lease by a request_id, which is nobody's business either: whoever sends it is given the lease and its key again. */
  async function acquire(service: string): Promise<{ leaseId: string; holderKey: string }> {
    const requestId = hunt.plant(`the request_id of ${service}`, `${service}-request-0123456789`);
    const { bytes, error } = await holder.unary(method("AcquireLease"), {
      requestId,
      holder: { service, instance: "", labels: {}, process: undefined },
    });
    assert.equal(error, "");
    const { lease, holderKey } = AcquireLeaseResponse.decode(bytes);
    secrets.push(hunt.plant(`the holder key of ${service}`, holderKey));
    assert.deepEqual(hunt.found(bytes), [`the holder key of ${service}`], "the search finds it");
    return { leaseId: lease?.leaseId ?? "", holderKey };
  }

  it("are planted: leases come, are renewed and go, and operators change things", async () => {
    const [kept, released] = [await acquire("kept"), await acquire("released")];
    say(
      "RenewLease of a wrong key",
      (await holder.unary(method("RenewLease"), { ...released, holderKey: kept.holderKey })).error,
    );
    assert.equal((await holder.unary(method("RenewLease"), kept)).error, "");
    assert.equal((await holder.unary(method("ReleaseLease"), released)).error, "");
    say("ReserveBlock", (await admin.unary(method("ReserveBlock"), { portCount: 2 })).bytes);
    say("GetLease", (await admin.unary(method("GetLease"), { leaseId: kept.leaseId })).bytes);
    say(
      "ListLeases",
      (await admin.unary(method("ListLeases"), { filter: 'service = "kept"' })).bytes,
    );
    const history = await admin.unary(method("ListLeaseEvents"), { leaseId: released.leaseId });
    assert.ok(history.bytes.length > 100);
    say("ListLeaseEvents", history.bytes);
    const { firstPort = 0 } = broker.blocks[0] ?? {};
    say("ExplainPort", (await admin.unary(method("ExplainPort"), { port: firstPort })).bytes);
    const state = admin.stream(method("ExportState"));
    await eventually("the state is exported", () => state.messageCount >= 3);
    say("ExportState", state.bytes);
    state.stop();
    assert.ok(hunt.count >= 9);
  });

  it("are sent where they do not belong, in every field of every request and in headers", async () => {
    for (const called of everyMethod) {
      if (called.requestStream || called.responseStream) continue;
      const empty = called.requestDeserialize(Buffer.alloc(0)) as object;
      const fields = Object.entries(empty)
        .filter(([name, value]) => value === "" && !publicFields.has(name))
        .flatMap(([name]) => secrets.map((secret) => ({ [name]: secret })));
      for (const given of [{}, ...fields]) {
        const { bytes, error } = await admin.unary(called, given);
        say(`${nameOf(called)} with a secret in ${Object.keys(given).join()}`, bytes);
        say(`the errors of ${nameOf(called)}`, error);
      }
    }
    for (const secret of secrets) {
      const headers = { "x-somewhere": secret, authorization: `Basic ${secret}` };
      say(
        "a call with secrets in headers",
        (await holder.unary(method("GetLease"), {}, headers)).error,
      );
    }
  });

  it("are sent by HTTP where they do not belong", async () => {
    const send = async (what: string, answer: Promise<HttpAnswer>): Promise<void> => {
      const { text, headers } = await answer;
      say(`HTTP: ${what}`, `${JSON.stringify(headers)}\n${text}`);
    };
    const watchPath = "/portlease.v1.LeaseService/WatchLeases";
    for (const secret of secrets) {
      const encoded = encodeURIComponent(secret);
      await send("a path", web.get(`/${encoded}`, webHeaders));
      await send("a query", web.get(`/metrics?access_token=${encoded}`));
      await send("a query of a stream", web.get(`${watchPath}?${encoded}=1`, webHeaders));
      await send("an encoding", web.get(`${watchPath}?encoding=${encoded}`, webHeaders));
      await send("a header's name", web.get("/metrics", { [`x-${secret}`]: "1" }));
      await send("another scheme", web.get("/metrics", { authorization: `Basic ${secret}` }));
      await send("an origin", web.get("/", { origin: `https://${secret}` }));
      const bodies = [
        { [secret]: 1 },
        { leaseId: { [secret]: 1 } },
        { leaseId: [secret] },
        `${secret}{`,
      ];
      for (const body of bodies) {
        await send("JSON", web.call("LeaseService/GetLease", body, webHeaders));
      }
      await send("an enum", web.call("AdminService/ExplainPort", { protocol: secret }, webHeaders));
      await send("a number", web.call("AdminService/ExplainPort", { port: secret }, webHeaders));
    }
  });

  it("are nowhere in what the broker answers, streams, logs, writes down, counts or tells of itself", async () => {
    await eventually("the watches have seen it all", () =>
      watches.every(({ messageCount }) => messageCount >= 1),
    );
    const [leaseWatch, liveWatch] = watches;
    say("WatchLeases", leaseWatch?.bytes ?? "");
    say("WatchBroker", liveWatch?.bytes ?? "");
    say("the metrics", (await broker.metrics()).text);
    for (const path of ["/", "/metrics", "/healthz", "/readyz"]) {
      say(`HTTP: ${path}`, (await web.get(path, webHeaders)).text);
    }
    for (const called of everyMethod) {
      if (called.requestStream || grants.has(nameOf(called))) continue;
      const name = called.path.replace("/portlease.v1.", "");
      if (!called.responseStream) {
        say(`HTTP: ${name}`, (await web.call(name, {}, webHeaders)).text);
        continue;
      }
      const events = await web.stream(name, {}, webHeaders);
      say(`HTTP: ${name}`, JSON.stringify(await events.next()));
      events.close();
    }
    say("the log at level debug", broker.logged());
    say("the audit log", readFileSync(auditPath()));
    assert.match(broker.logged(), /a call was turned away/, "refusals are in the log");
    assert.match(
      readFileSync(auditPath(), "utf8"),
      /\[\d+ characters\]/,
      "and hints in the audit log",
    );
    const leaks = [...outputs].flatMap(([what, output]) =>
      hunt.found(output).map((name) => `${name} is in ${what}`),
    );
    assert.deepEqual(leaks, []);
    assert.ok(outputs.size > 40);
  });
});

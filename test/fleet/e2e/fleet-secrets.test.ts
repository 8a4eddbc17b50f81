// Secrets planted on a host and at a fleet server, and then looked for in everything that is in etcd or ever was, in everything that the
// fleet server answers, counts and logs, and in the broker's log.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AcquireLeaseResponse } from "@portlease/proto/portlease/v1/lease_service.js";
import { AccessFiles } from "../../support/access-lab.js";
import { everyFleetMethod, everyMethod, type Method } from "../../support/access-matrix.js";
import { TestEtcd } from "../../support/etcd.js";
import { etcdClients, WatchRecord } from "../../support/etcd-client.js";
import { describeWithEtcd } from "../../support/etcd-program.js";
import { eventually } from "../../support/eventually.js";
import { HttpCaller } from "../../support/http-caller.js";
import { adminTokenIn } from "../../support/lease-caller.js";
import { publishingTo } from "../../support/published-broker.js";
import { startTestBroker, type TestBroker } from "../../support/running-broker.js";
import { startTestFleet, type TestFleet } from "../../support/running-fleet.js";
import { SecretHunt } from "../../support/secret-hunt.js";
import { temporaryDirectories } from "../../support/temporary-directory.js";
import { WireReader } from "../../support/wire-reader.js";

const user = "fleet";
const password = "password-of-etcd-0123456789";

const nameOf = ({ path }: Method): string => path.slice(path.lastIndexOf("/") + 1);

describeWithEtcd("the secrets of a fleet", () => {
  const newDirectory = temporaryDirectories();
  const clientOf = etcdClients();
  const hunt = new SecretHunt();
  const tokens: Record<string, string> = {};
  const outputs = new Map<string, Buffer>();
  let etcd: TestEtcd;
  let broker: TestBroker;
  let fleet: TestFleet;

  before(async () => {
    etcd = await TestEtcd.start();
    await etcd.requireUser(user, password, "/portlease/");
    hunt.plant("the password of etcd", password);
    const files = new AccessFiles(newDirectory());
    const passwordFile = files.write("password", `${password}\n`);
    const token = (role: "holder" | "viewer" | "admin") => {
      tokens[role] = hunt.plant(`the token of a ${role}`, `${role}-secret-`.padEnd(43, "x"));
      return files.token(role, role, tokens[role]);
    };
    const all = { requireToken: true, tokens: [token("holder"), token("viewer"), token("admin")] };
    const told = publishingTo(etcd.url(), "secretive", { user, passwordFile });
    broker = await startTestBroker({}, { ...all, fleet: told });
    const access = { user, passwordFile, caFile: null, certFile: null, keyFile: null };
    fleet = await startTestFleet({ kind: "etcd", etcd: { url: etcd.url(), ...access } }, all);
    hunt.plant("the admin token of the broker", adminTokenIn(broker.adminTokenFile));
    hunt.plant("the admin token of the fleet server", adminTokenIn(fleet.adminTokenFile));
  });

  after(async () => {
    await fleet.dispose();
    await broker.dispose();
    await etcd.dispose();
  });

  const authorization = () => ({ authorization: `Bearer ${tokens["viewer"]}` });
  const web = (): HttpCaller => new HttpCaller(fleet.httpAddress ?? "");

  function say(what: string, output: string | Uint8Array): void {
    outputs.set(what, Buffer.concat([outputs.get(what) ?? Buffer.alloc(0), Buffer.from(output)]));
  }

  it("are planted: leases come, are renewed and go", async () => {
    const holder = new WireReader(broker.address, tokens["holder"] ?? "");
    const call = (name: string, fields: object) => {
      const method = everyMethod.find((each) => nameOf(each) === name);
      assert.ok(method !== undefined);
      return holder.unary(method, fields);
    };
    try {
      for (const service of ["kept", "released"]) {
        const requestId = hunt.plant(`the request_id of ${service}`, `${service}-request-01234567`);
        const named = { service, instance: "", labels: {}, process: undefined };
        const { bytes, error } = await call("AcquireLease", { requestId, holder: named });
        assert.equal(error, "");
        const { lease, holderKey } = AcquireLeaseResponse.decode(bytes);
        hunt.plant(`the holder key of ${service}`, holderKey);
        assert.deepEqual(hunt.found(bytes), [`the holder key of ${service}`], "it is found");
        await shownAs(service, true);
        const named2 = { leaseId: lease?.leaseId ?? "", holderKey };
        assert.equal((await call("RenewLease", named2)).error, "");
        if (service !== "released") continue;
        assert.equal((await call("ReleaseLease", named2)).error, "");
        await shownAs(service, false);
      }
    } finally {
      holder.close();
    }
    assert.ok(hunt.count >= 10);
  });

  async function shownAs(service: string, expected: boolean): Promise<void> {
    await eventually(`${service} is shown or gone`, async () => {
      const { text } = await web().call("FleetService/ListFleetLeases", {}, authorization());
      return text.includes(`"service":"${service}"`) === expected;
    });
  }

  it("are not in etcd, and never were", async () => {
    say("the keys and values of etcd", await etcd.ctl("get", "--prefix", ""));
    const { revision } = await historyOf();
    assert.ok(revision > 5n);
  });

  async function historyOf(): Promise<{ readonly revision: bigint }> {
    const client = clientOf(etcd.endpoint, { user: { name: user, password: () => password } });
    const { revision } = await client.range({ prefix: "/portlease/", limit: 1 });
    const record = new WatchRecord();
    client.watch({ prefix: "/portlease/", fromRevision: 1n }, record);
    await record.untilLines(5);
    await eventually("all of it", () => (record.batches.at(-1)?.revision ?? 0n) >= revision - 1n);
    const lines = record.lines().join("\n");
    assert.match(lines, /delete \/portlease\/leases\/secretive\//);
    say("all that ever was in etcd", lines);
    return { revision };
  }

  it("are in no answer of a fleet server, whatever it is asked", async () => {
    const reader = new WireReader(fleet.address, adminTokenIn(fleet.adminTokenFile));
    try {
      for (const method of everyFleetMethod) {
        if (method.responseStream) {
          const stream = reader.stream(method, { leases: true });
          await eventually("it has begun", () => stream.messageCount > 0);
          say(nameOf(method), stream.bytes);
          stream.stop();
        } else {
          for (const fields of [{}, { hostId: "secretive" }, { service: "kept" }]) {
            const { bytes, error } = await reader.unary(method, fields);
            say(nameOf(method), bytes);
            say(`errors of ${nameOf(method)}`, error);
          }
          for (const secret of Object.values(tokens)) {
            const { error } = await reader.unary(method, { hostId: secret, pageToken: secret });
            say(`errors of ${nameOf(method)} of a request with secrets`, error);
          }
        }
        const name = `FleetService/${nameOf(method)}`;
        if (method.responseStream) {
          const events = await web().stream(name, { leases: true }, authorization());
          say(`HTTP: ${name}`, JSON.stringify(await events.next()));
          events.close();
        } else say(`HTTP: ${name}`, (await web().call(name, {}, authorization())).text);
      }
      for (const path of ["/", "/metrics", "/http_sd", "/healthz", "/readyz", "/nothing"]) {
        const { headers, text } = await web().get(path, authorization());
        say(`HTTP: ${path}`, `${JSON.stringify(headers)}\n${text}`);
      }
    } finally {
      reader.close();
    }
    assert.match(outputs.get("HTTP: /http_sd")?.toString() ?? "", /kept/);
  });

  it("are in no log and no metric, also when etcd turns away who knows another password", async () => {
    await etcd.setPassword(user, "another-password-0123456789");
    await eventually("the fleet server is turned away, or goes on by its token", async () => {
      await etcd.stop();
      await etcd.startAgain();
      const answer = await web().call("FleetService/ListProblems", {}, authorization());
      say("problems without access", answer.text);
      return answer.text.includes("SOURCE_UNREACHABLE");
    });
    say("the broker's metrics", (await broker.metrics()).text);
    say("the fleet server's metrics", (await web().get("/metrics", authorization())).text);
    say("the broker's log at level debug", broker.logged());
    say("the fleet server's log at level debug", fleet.logged());
    for (const { dataDirectory } of [broker, fleet]) {
      say("an audit log", readFileSync(join(dataDirectory, "audit.log")));
    }
    const leaks = [...outputs].flatMap(([what, output]) =>
      hunt.found(output).map((name) => `${name} is in ${what}`),
    );
    assert.deepEqual(leaks, []);
    assert.ok(outputs.size > 30, String(outputs.size));
    assert.ok([...outputs.values()].every(({ length }, index) => length > 0 || index > 0));
  });
});

// Reading the configuration again, on real brokers: by RPC, by the command line and by SIGHUP, with calls that go on or end as the
// new configuration says.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { AccessCaller, AccessFiles, loopbackNames, replaceFile } from "../support/access-lab.js";
import { runCli } from "../support/cli.js";
import { BrokerProcess } from "../support/broker-process.js";
import { eventually } from "../support/eventually.js";
import { HttpCaller } from "../support/http-caller.js";
import { itOnPosix } from "../support/platform-only.js";
import { ReloadLab } from "../support/reload-lab.js";
import { failureOf } from "../support/rpc-failure.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

const workToken = "w".repeat(40);
const guestToken = "g".repeat(40);
const pool = { name: "default", size: 4 };

describe("a broker whose configuration is read again", () => {
  let lab: ReloadLab;
  let files: AccessFiles;
  const callers: AccessCaller[] = [];

  beforeEach(() => {
    lab = new ReloadLab();
    files = new AccessFiles(lab.folder);
  });

  afterEach(async () => {
    for (const opened of callers.splice(0)) opened.close();
    await lab.dispose();
  });

  function caller(address: string, token: string): AccessCaller {
    const made = new AccessCaller(address, token, files.channel());
    callers.push(made);
    return made;
  }

  it("says what counts and where it comes from, and counts what was read again", async () => {
    await lab.start({ pools: [pool] });
    lab.write({ pools: [{ ...pool, ttl: { max: "1h" } }], tracing: "otlp", auditEvery: "9s" });
    const { applied, needsRestart, failed } = await lab.reload();
    assert.deepEqual(applied, [
      "auditEvery: from 5s to 9s",
      "pools.default.ttl.max: from 1d to 1h",
    ]);
    assert.match(needsRestart.join(), /^tracing stays none and is to be otlp: the exporter/);
    assert.deepEqual(failed, []);
    const { config, sources } = await lab.getConfig();
    assert.deepEqual([config?.["auditEvery"], config?.["tracing"]], ["9s", "none"]);
    assert.deepEqual([sources["auditEvery"], sources["tracing"]], ["file", "default"]);
    assert.equal(sources["pools[0].ttl.max"], "file");
    assert.deepEqual((await lab.reload()).applied, []);
  });

  it("refuses what no start would take, as a start would, and goes on as before", async () => {
    await lab.start({ pools: [pool] });
    lab.write({
      pools: [
        { ...pool, quota: { perService: 0 } },
        { name: "b", sizze: 3 },
      ],
    });
    const failure = await failureOf(lab.reload());
    assert.equal(failure.reason, "FIELD_INVALID");
    assert.match(failure.message, /config\.yaml line 1: "pools\[1\]\.sizze" is not a known key/);
    lab.write({ pools: [pool], tokens: [{ name: "ci", role: "viewer", file: "nowhere" }] });
    assert.match((await failureOf(lab.reload(true))).message, /nothing was reloaded: .*nowhere/);
    const { config } = await lab.getConfig();
    assert.deepEqual(config?.["tokens"], []);
  });

  it("ends the calls of whose token was taken away, and of nobody else; the new certificate counts", async () => {
    const tokens = [
      files.token("work", "holder", workToken),
      files.token("guest", "holder", guestToken),
    ];
    const { identities: _none, clientCaFile: _neither, ...tls } = files.tls();
    const base = { requireToken: true, tls, pools: [pool] };
    const { address } = await lab.start({ ...base, tokens }, files.channel());
    const [work, guest] = [caller(address, workToken), caller(address, guestToken)];
    const [staying, leaving] = [work.openSession(), guest.openSession()];
    await Promise.all([staying.pong(), leaving.pong()]);
    const renewed = files.authority.issue({ commonName: "renewed", names: loopbackNames });
    replaceFile(tls.certFile, renewed.cert);
    replaceFile(tls.keyFile, renewed.key);
    lab.write({ ...base, tokens: tokens.slice(0, 1) });
    const { applied } = await lab.reload();
    assert.ok(
      applied.includes("new connections get another certificate than before"),
      applied.join("; "),
    );
    await assert.rejects(leaving.ended, { code: status.UNAUTHENTICATED });
    assert.equal((await failureOf(guest.acquire())).reason, "TOKEN_INVALID");
    await staying.pong();
    await caller(address, workToken).acquire();
    staying.end();
    await staying.ended;
  });

  it("goes by other names, has other limits and writes another log from now on", async () => {
    const { httpAddress } = await lab.start({ pools: [pool] });
    const http = new HttpCaller(httpAddress ?? "");
    const ask = () => http.call("AdminService/GetBroker", {}, { host: "ports.example.org" });
    assert.equal((await ask()).status, 421);
    lab.write({
      pools: [pool],
      http: { allowedHosts: ["ports.example.org"] },
      limits: { callsPerSecond: 1_234 },
      log: { format: "text" },
    });
    await lab.reload();
    const answered = await ask();
    assert.equal(answered.status, 200, answered.text);
    assert.match(answered.text, /"maxCallsPerSecond":1234\b/);
    assert.match(lab.logged, /^[\d-]+T\S+ INFO +.*reloaded: log\.format: from json to text/m);
  });

  it("watches the token files that it has now, and no others", async () => {
    const tls = { certFile: files.tls().certFile, keyFile: join(lab.folder, "broker.key") };
    const base = { requireToken: true, tls, pools: [pool] };
    const { address } = await lab.start({ ...base, tokens: [] }, files.channel());
    lab.write({ ...base, tokens: [files.token("work", "holder", workToken)] });
    await lab.reload();
    await caller(address, workToken).acquire();
    files.token("work", "holder", guestToken);
    await eventually("the token in the new file counts", () =>
      caller(address, guestToken)
        .acquire()
        .then(() => true)
        .catch(() => false),
    );
  });
});

describe("portlease config reload, and SIGHUP", () => {
  const newDirectory = temporaryDirectories();
  let broker: BrokerProcess;
  let configFile: string;

  const write = (content: object): void => writeFileSync(configFile, JSON.stringify(content));

  beforeEach(async () => {
    const folder = newDirectory();
    configFile = join(folder, "config.yaml");
    write({ pools: [pool] });
    const dataDirectory = join(folder, "data");
    broker = await BrokerProcess.start({ configFile, dataDirectory });
  });

  afterEach(() => broker.kill("SIGTERM"));

  it("apply what can be applied, and say what needs a restart", async () => {
    write({
      pools: [
        { ...pool, size: 6 },
        { name: "web", size: 2 },
      ],
    });
    const access = ["--address", broker.address, "--token-file", broker.adminTokenFile];
    const planned = await runCli(["config", "reload", "--dry-run", ...access]);
    assert.match(
      planned.stdout,
      /^would be applied: .*\n.*pool "web" is opened with 2 tcp ports$/m,
    );
    const reloaded = await runCli(["config", "reload", ...access]);
    assert.match(reloaded.stdout, /^applied: pool "web" is opened with 2 tcp ports$/m);
    assert.match(reloaded.stdout, /^needs a restart: pools\.default\.size stays 4 and is to be 6/m);
    const leased = await runCli(["acquire", "--pool", "web", "--service", "a", ...access]);
    assert.equal(leased.exitCode, 0, leased.stderr);
    const shown = await runCli(["config", "show", ...access]);
    assert.match(shown.stdout, /^pools\[1\]\.name +web +file$/m);
  });

  itOnPosix("are both in the log and in the audit log, and a refusal too", async () => {
    write({ pools: [pool], log: { level: "debug" } });
    process.kill(broker.processId, "SIGHUP");
    await eventually("the reload is logged", () =>
      broker.stderr.includes("reloaded: log.level: from info to debug"),
    );
    write({ pools: [{ ...pool, size: 0 }] });
    process.kill(broker.processId, "SIGHUP");
    await eventually("the refusal is logged", () =>
      broker.stderr.includes("the configuration was not reloaded"),
    );
    assert.ok(broker.running);
    await broker.kill("SIGTERM");
    const audit = readFileSync(join(broker.ready.dataDirectory, "audit.log"), "utf8");
    assert.match(audit, /"config_reloaded","detail":"by SIGHUP: 1 applied, 0 need a restart/);
    assert.match(audit, /"config_reloaded","detail":"by SIGHUP: refused: .*pools\[0\]\.size/);
  });
});

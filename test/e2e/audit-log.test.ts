// The audit log of a real broker: what operators did, who was turned away, and what happens when it cannot be written.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, renameSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { AccessCaller, AccessFiles, replaceFile } from "../support/access-lab.js";
import { eventually } from "../support/eventually.js";
import { HttpCaller } from "../support/http-caller.js";
import { adminTokenIn } from "../support/lease-caller.js";
import { failureOf } from "../support/rpc-failure.js";
import { startTestBroker, type TestAccess, type TestBroker } from "../support/running-broker.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

const [opsToken, viewerToken, unknownToken] = ["o", "v", "u"].map((letter) =>
  letter.repeat(40),
) as [string, string, string];

describe("the audit log of a broker", () => {
  const newDirectory = temporaryDirectories();
  const callers: AccessCaller[] = [];
  let broker: TestBroker;
  let files: AccessFiles;

  beforeEach(() => {
    files = new AccessFiles(newDirectory());
  });

  afterEach(async () => {
    for (const opened of callers.splice(0)) opened.close();
    await broker.dispose();
  });

  async function start(access: TestAccess = {}): Promise<void> {
    broker = await startTestBroker({}, access);
  }

  function caller(token: string | null): AccessCaller {
    const made = new AccessCaller(broker.address, token);
    callers.push(made);
    return made;
  }

  const path = (): string => join(broker.dataDirectory, "audit.log");
  const lines = (file = path()): readonly Record<string, unknown>[] =>
    readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const short = (): readonly unknown[] =>
    lines().map(({ event, method, caller: name, outcome, reason }) =>
      [event ?? method, name, outcome, reason]
        .filter((part) => part !== undefined)
        .map(String)
        .join(" "),
    );

  it("has a line for each change, before the change is answered", async () => {
    await start({ tokens: [files.token("ops", "admin", opsToken)] });
    await caller(opsToken).reserveBlock();
    assert.deepEqual(short(), ["broker_started", "ReserveBlock token:ops OK"]);
    const [, line = {}] = lines();
    assert.deepEqual(line["request"], { firstPort: 0, portCount: 2, validateOnly: true });
    assert.equal(line["origin"], "this host");
    // Where the operating system says who has a connection, which this test's process has itself.
    if ("processId" in line) assert.equal(line["processId"], process.pid);
    else assert.notEqual(process.platform, "linux");
  });

  it("says who was turned away, and why", async () => {
    await start({ requireToken: true, tokens: [files.token("look", "viewer", viewerToken)] });
    await failureOf(caller(null).getBroker());
    await failureOf(caller(unknownToken).acquire());
    await failureOf(caller(viewerToken).reserveBlock());
    await assert.rejects(caller(unknownToken).pingOnce());
    const metrics = await new HttpCaller(broker.httpAddress ?? "").get("/metrics");
    assert.equal(metrics.status, 401);
    await eventually("all are written", () => lines().length === 6);
    assert.deepEqual(short().slice(1), [
      "GetBroker UNAUTHENTICATED TOKEN_MISSING",
      "AcquireLease UNAUTHENTICATED TOKEN_INVALID",
      "ReserveBlock token:look PERMISSION_DENIED ROLE_MISSING",
      "Session UNAUTHENTICATED TOKEN_INVALID",
      "metrics UNAUTHENTICATED TOKEN_MISSING",
    ]);
  });

  it("has no line for what holders and viewers do", async () => {
    await start();
    await caller(null).acquire();
    await caller(null).getBroker();
    assert.deepEqual(short(), ["broker_started"]);
  });

  it("has two lines for an export: before it and after it", async () => {
    await start();
    const admin = caller(adminTokenIn(broker.adminTokenFile));
    await admin.acquire();
    assert.equal(await admin.exportedParts(), 3);
    await eventually("its end is written", () => lines().length === 3);
    assert.deepEqual(short(), [
      "broker_started",
      "ExportState token:admin-file BEGUN",
      "ExportState token:admin-file OK",
    ]);
  });

  it("says when tokens are exchanged, and when the broker stops and why", async () => {
    const ops = files.token("ops", "admin", opsToken);
    const kept = join(newDirectory(), "kept.log");
    await start({
      tokens: [ops],
      auditLog: { file: kept, bytesMax: 100_000, filesMax: 2 },
    });
    replaceFile(ops.file, `${unknownToken}\n`);
    await eventually("it is written", () => lines(kept).length === 2);
    replaceFile(ops.file, "short\n");
    await eventually("it is written", () => lines(kept).length === 3);
    await broker.stop("it is late");
    assert.deepEqual(
      lines(kept).map(({ event, caller: name, usable, detail }) => [event, name, usable, detail]),
      [
        ["broker_started", undefined, undefined, "0.1.0"],
        ["token_file_changed", "token:ops", true, undefined],
        ["token_file_changed", "token:ops", false, lines(kept)[2]?.["detail"]],
        ["broker_stopped", undefined, undefined, "it is late"],
      ],
    );
    assert.doesNotMatch(readFileSync(kept, "utf8"), new RegExp(`${opsToken}|${unknownToken}`));
  });

  it("keeps operators from changing what it cannot write down, and leases go on", async () => {
    await start({ tokens: [files.token("ops", "admin", opsToken)] });
    const ops = caller(opsToken);
    renameSync(path(), `${path()}.gone`);
    mkdirSync(path());
    // Done and told, with its line in the broker's log: the trouble is noticed by it.
    await ops.reserveBlock();
    assert.match(broker.logged(), /a line of the audit log cannot be written.*ReserveBlock/);
    const refused = await failureOf(ops.reserveBlock());
    assert.equal(`${refused.codeName} ${refused.reason}`, "UNAVAILABLE AUDIT_LOG_UNAVAILABLE");
    await ops.acquire();
    const { problems } = await ops.getBroker();
    assert.deepEqual(
      problems.map(({ reason }) => reason),
      ["AUDIT_LOG_UNAVAILABLE"],
    );
    rmdirSync(path());
    await eventually("it goes on", () => broker.logged().includes("can be written again"));
    await ops.reserveBlock();
    assert.deepEqual(short(), ["ReserveBlock token:ops OK", "ReserveBlock token:ops OK"]);
  });

  it("is not there where it is turned off", async () => {
    await start({ auditLog: { file: null, bytesMax: 1, filesMax: 2 } });
    await caller(adminTokenIn(broker.adminTokenFile)).reserveBlock();
    assert.ok(!existsSync(path()));
  });
});

describe("a broker whose audit log cannot be written", () => {
  it("does not start, and says what to do", async () => {
    const auditLog = { file: "/nonexistent/audit.log", bytesMax: 100_000, filesMax: 2 };
    await assert.rejects(startTestBroker({}, { auditLog }), {
      code: "CANNOT_SECURE",
      message: /audit log .*ENOENT.*auditLog\.file/,
    });
  });
});

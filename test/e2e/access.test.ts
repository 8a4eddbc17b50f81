// Semantics 12 on a real broker: who may call without proof, what tokens allow, and what is written down about it.

import assert from "node:assert/strict";
import { status } from "@grpc/grpc-js";
import { AccessCaller, AccessFiles, replaceFile } from "../support/access-lab.js";
import { eventually } from "../support/eventually.js";
import { adminTokenIn, fromMs, LeaseCaller } from "../support/lease-caller.js";
import { failureOf } from "../support/rpc-failure.js";
import { startTestBroker, type TestAccess, type TestBroker } from "../support/running-broker.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

const [viewerToken, holderToken, nextToken, unknownToken] = ["v", "h", "n", "u"].map((letter) =>
  letter.repeat(40),
) as [string, string, string, string];

describe("who may call a broker", () => {
  const newDirectory = temporaryDirectories();
  let broker: TestBroker;
  let files: AccessFiles;
  const callers: AccessCaller[] = [];

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

  function caller(token: string | null = null, address = broker.address): AccessCaller {
    const made = new AccessCaller(address, token);
    callers.push(made);
    return made;
  }

  const reasonOf = async (call: Promise<unknown>): Promise<string> => {
    const { codeName, reason } = await failureOf(call);
    return `${codeName} ${reason}`;
  };

  it("lets callers of this host lease and look, and nobody change it without the admin token", async () => {
    await start();
    const anybody = caller();
    assert.equal((await anybody.acquire()).lease?.portCount, 1);
    await anybody.getBroker();
    await anybody.pingOnce();
    assert.equal(await reasonOf(anybody.reserveBlock()), "PERMISSION_DENIED ROLE_MISSING");
    const admin = caller(adminTokenIn(broker.adminTokenFile));
    assert.equal((await admin.reserveBlock()).block?.portCount, 2);
    await admin.acquire();
  });

  it("takes callers on its local socket for callers of this host", async () => {
    await start({ localSocket: "on" });
    const local = broker.addresses.find((address) => address.startsWith("unix:"));
    const anybody = caller(null, local);
    await anybody.acquire();
    await anybody.pingOnce();
    assert.equal(await reasonOf(anybody.reserveBlock()), "PERMISSION_DENIED ROLE_MISSING");
  });

  it("refuses a wrong token to everything, where none at all would do", async () => {
    await start();
    const wrong = caller(unknownToken);
    assert.equal(await reasonOf(wrong.acquire()), "UNAUTHENTICATED TOKEN_INVALID");
    assert.equal(await reasonOf(wrong.getBroker()), "UNAUTHENTICATED TOKEN_INVALID");
    await assert.rejects(wrong.pingOnce(), { code: status.UNAUTHENTICATED });
  });

  it("wants a token of everybody where that is configured; health stays open to probes", async () => {
    const tokens = [
      files.token("look", "viewer", viewerToken),
      files.token("work", "holder", holderToken),
    ];
    await start({ requireToken: true, tokens });
    assert.equal(await reasonOf(caller().acquire()), "UNAUTHENTICATED TOKEN_MISSING");
    await assert.rejects(caller().pingOnce(), { code: status.UNAUTHENTICATED });
    await caller(holderToken).acquire();
    await caller(viewerToken).getBroker();
    assert.equal(await reasonOf(caller(viewerToken).acquire()), "PERMISSION_DENIED ROLE_MISSING");
    assert.equal(await reasonOf(caller(holderToken).getBroker()), "PERMISSION_DENIED ROLE_MISSING");
    await assert.rejects(caller(viewerToken).pingOnce(), { code: status.PERMISSION_DENIED });
    const probe = new LeaseCaller(broker.address);
    assert.equal(await probe.health(), "SERVING");
    probe.close();
  });

  it("follows a token that is replaced, without a restart", async () => {
    const work = files.token("work", "holder", holderToken);
    await start({ requireToken: true, tokens: [work] });
    await caller(holderToken).acquire();
    replaceFile(work.file, `${nextToken}\n`);
    const next = caller(nextToken);
    await eventually("the new token is known", () => next.acquire().catch(() => null));
    assert.equal(await reasonOf(caller(holderToken).acquire()), "UNAUTHENTICATED TOKEN_INVALID");
  });

  it("ends the streams of a token that ends, and no others", async () => {
    const [work, look] = [
      files.token("work", "holder", holderToken),
      files.token("more", "holder", nextToken),
    ];
    await start({ requireToken: true, tokens: [work, look] });
    const [ending, lasting] = [caller(holderToken).openSession(), caller(nextToken).openSession()];
    await Promise.all([ending.pong(), lasting.pong()]);
    replaceFile(work.file, `${unknownToken}\n`);
    await assert.rejects(ending.ended, { code: status.UNAUTHENTICATED });
    await lasting.pong();
    lasting.end();
    await lasting.ended;
  });

  it("takes who waits with a token that ends out of the line", async () => {
    const work = files.token("work", "holder", holderToken);
    broker = await startTestBroker({ size: 1, sizeMax: 1 }, { requireToken: true, tokens: [work] });
    await caller(holderToken).acquire();
    const waiting = reasonOf(caller(holderToken).acquire("", { maxWait: fromMs(8_000) }));
    await eventually("it is in line", () => broker.waiterCount() === 1);
    replaceFile(work.file, `${nextToken}\n`);
    assert.equal(await waiting, "UNAUTHENTICATED TOKEN_INVALID");
    await eventually("it has left the line", () => broker.waiterCount() === 0);
  });

  it("gives the lease of a request_id, and its key, only to who sent it", async () => {
    await start({ tokens: [files.token("work", "holder", holderToken)] });
    const first = await caller().acquire("once");
    assert.equal((await caller().acquire("once")).lease?.leaseId, first.lease?.leaseId);
    const other = await caller(holderToken).acquire("once");
    assert.notEqual(other.lease?.leaseId, first.lease?.leaseId);
    assert.notEqual(other.holderKey, first.holderKey);
  });

  it("writes down who changed it, and never a token", async () => {
    await start({ tokens: [files.token("work", "holder", holderToken)] });
    const token = adminTokenIn(broker.adminTokenFile);
    await caller(token).reserveBlock();
    await failureOf(caller(unknownToken).reserveBlock());
    await failureOf(caller(holderToken).reserveBlock());
    const lines = broker
      .logged()
      .split("\n")
      .filter((line) => line.includes("an operator called"))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      lines.map(({ method, caller: name, outcome }) => [method, name, outcome]),
      [["ReserveBlock", "token:admin-file", "done"]],
    );
    for (const secret of [token, unknownToken, holderToken]) {
      assert.ok(!broker.logged().includes(secret));
    }
  });

  it("turns a connection away that calls too often, and says when to come back", async () => {
    await start({
      limits: { connectionsMax: 100, connectionsPerAddressMax: 100, callsPerSecondMax: 5 },
    });
    const busy = caller();
    const failure = await failureOf(
      Promise.all(Array.from({ length: 20 }, () => busy.getBroker())),
    );
    assert.equal(`${failure.codeName} ${failure.reason}`, "RESOURCE_EXHAUSTED RATE_LIMITED");
    assert.notEqual(failure.details.retryInfo?.retryDelay, undefined);
    await caller().getBroker();
  });
});

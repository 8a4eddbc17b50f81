// What operators see and change by the command line: what is asked of the broker, and how its answers look.

import assert from "node:assert/strict";
import { status } from "@grpc/grpc-js";
import {
  GetBrokerResponse,
  GetConfigResponse,
  ListPinsResponse,
  ListQuotasResponse,
  Quota,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { Pool } from "@portlease/proto/portlease/v1/pool.js";
import { parse } from "yaml";
import { assertFails } from "../../support/cli-failures.js";
import { runInProcess } from "../../support/cli-in-process.js";
import type { CliResult } from "../../support/cli.js";
import {
  type FakeAdminMethods,
  type FakeBroker,
  refuse,
  startFakeBroker,
} from "../../support/fake-broker.js";

const pool = Pool.fromPartial({
  pool: "default",
  protocol: 1,
  kind: 4,
  defaultTtl: { seconds: 30n },
  usage: { total: 10, free: 1, leased: 8, quarantined: 1, largestFreeRun: 1 },
  maxSize: 20,
  waitingRequests: 3,
});
const host = GetBrokerResponse.fromPartial({
  version: "1.2.3",
  host: "db1",
  platform: "linux",
  servingState: 1,
  uptime: { seconds: 3_700n },
  usage: pool.usage ?? {},
  waitingRequests: 3,
  problems: [
    { severity: 3, reason: "POOL_FULL", message: "the pool is full", remedy: "add a block" },
    { severity: 1, reason: "BLOCK_DRAINING", message: "a block drains" },
  ],
});

describe("commands for operators", () => {
  let broker: FakeBroker | undefined;
  afterEach(() => broker?.stop());

  async function run(line: string, admin: FakeAdminMethods): Promise<CliResult> {
    broker?.stop();
    broker = await startFakeBroker({}, admin);
    const words = [...line.matchAll(/'([^']*)'|(\S+)/g)];
    const args = words.map(([, quoted, bare = ""]) => quoted ?? bare);
    return runInProcess([...args, "--address", broker.address]);
  }

  describe("status", () => {
    const admin: FakeAdminMethods = {
      getBroker: () => host,
      listPools: () => ({ pools: [pool], nextPageToken: "" }),
    };

    it("shows the broker, its pools and what is wrong with its remedy", async () => {
      const { stdout, exitCode } = await run("status", admin);
      assert.equal(exitCode, 0);
      assert.match(stdout, /^broker +portlease 1\.2\.3 on db1 \(linux\)\nstate +serving\n/);
      assert.match(stdout, /8 of 10 leased \(90% used\), 3 requests wait in line/);
      assert.match(stdout, /^default +tcp +held +90% +10 +8 +1 +1 +0 +1 +3 +30s$/m);
      assert.match(stdout, /^critical: the pool is full \[POOL_FULL\]\n {2}to do: add a block$/m);
      assert.match(stdout, /^info: a block drains \[BLOCK_DRAINING\]$/m);
    });

    it("says so when nothing is wrong, and why it does not serve fully", async () => {
      const detail = "the disk is full";
      const readOnly = { ...host, problems: [], servingState: 2 as const, servingDetail: detail };
      const { stdout } = await run("status", { ...admin, getBroker: () => readOnly });
      assert.match(stdout, /^state +read-only: the disk is full$/m);
      assert.match(stdout, /\nnothing is wrong\n$/);
    });

    it("is one document for programs", async () => {
      const { stdout } = await run("status --json", admin);
      const { broker: shown, pools } = JSON.parse(stdout) as {
        broker: { servingState: string; problems: readonly { severity: string }[] };
        pools: readonly { defaultTtl: string }[];
      };
      assert.equal(shown.servingState, "SERVING_STATE_SERVING");
      assert.deepEqual(
        shown.problems.map(({ severity }) => severity),
        ["SEVERITY_CRITICAL", "SEVERITY_INFO"],
      );
      assert.deepEqual(
        pools.map(({ defaultTtl }) => defaultTtl),
        ["30s"],
      );
    });
  });

  describe("pools", () => {
    const admin: FakeAdminMethods = { listPools: () => ({ pools: [pool], nextPageToken: "" }) };

    it("has the forms table, wide, json, yaml and name, and tables without headings", async () => {
      assert.match((await run("pools", admin)).stdout, /^POOL +PROTOCOL +KIND +USED/);
      assert.match((await run("pools -o wide", admin)).stdout, /TTL RANGE +QUARANTINE +MAX SIZE/);
      assert.match((await run("pools --no-header", admin)).stdout, /^default /);
      assert.equal((await run("pools -o name", admin)).stdout, "default\n");
      const json: unknown = JSON.parse((await run("pools --output json", admin)).stdout);
      assert.deepEqual(json, JSON.parse((await run("pools --json", admin)).stdout));
      assert.deepEqual(parse((await run("pools -o yaml", admin)).stdout), json);
      assertFails(await run("pools -o xml", admin), 2, /Allowed choices are table, wide, json/);
      const both = await run("pools --json -o yaml", admin);
      assert.equal(both.exitCode, 2);
    });

    it("set sends what is given and nothing else", async () => {
      const asked: unknown[] = [];
      const updatePool: FakeAdminMethods["updatePool"] = (request) => {
        asked.push(request);
        return { pool: { ...pool, adjusted: true } };
      };
      const line = "pools set default --ttl-default 1m --quarantine 0 --max-size 20 --pick compact";
      const { stdout } = await run(line, { updatePool });
      assert.match(stdout, /changed by an operator/);
      const nothing = { minTtl: undefined, maxTtl: undefined, maxPortCount: undefined };
      assert.deepEqual(asked, [
        {
          ...nothing,
          pool: "default",
          defaultTtl: { seconds: 60n, nanos: 0 },
          quarantine: { seconds: 0n, nanos: 0 },
          maxSize: 20,
          pickPolicy: 2,
          reset: false,
          validateOnly: false,
        },
      ]);
      assertFails(await run("pools set default", { updatePool }), 2, /nothing to change/);
      const dry = await run("pools set default --reset --dry-run", { updatePool });
      assert.match(dry.stderr, /nothing was changed/);
      assert.deepEqual(
        asked.slice(1).map((each) => (each as { validateOnly: boolean }).validateOnly),
        [true],
      );
    });
  });

  it("pins, pin and unpin", async () => {
    const pins = [
      { pool: "default", port: 20_417, service: "orders", instance: "", source: 2 as const },
    ];
    const listPins = () => ListPinsResponse.fromPartial({ pins });
    assert.match(
      (await run("pins", { listPins })).stdout,
      /^20417 +orders +any +default +operator$/m,
    );
    const asked: unknown[] = [];
    const pinPort: FakeAdminMethods["pinPort"] = (request) => {
      asked.push(request);
      return { leasedToAnother: true };
    };
    const pinned = await run("pin 20417 --service orders --instance a", { pinPort });
    assert.equal(pinned.stdout, "port 20417 is kept for orders/a\n");
    assert.match(pinned.stderr, /another service has a lease of 20417 now/);
    const unpinPort: FakeAdminMethods["unpinPort"] = (request) => {
      asked.push(request);
      return {};
    };
    assert.match((await run("unpin 20417 --reset", { unpinPort })).stdout, /as the configuration/);
    assert.deepEqual(asked, [
      { port: 20_417, pool: "", service: "orders", instance: "a" },
      { port: 20_417, pool: "", reset: true },
    ]);
    assertFails(await run("pin 20417", { pinPort }), 2, /required option '--service <name>'/);
  });

  it("quota, set and reset", async () => {
    const quotas = [
      { pool: "default", service: "*", maxPorts: 5, usedPorts: 5, source: 1 as const },
      { pool: "default", service: "orders", usedPorts: 9, source: 2 as const },
    ];
    const listQuotas = () => ListQuotasResponse.fromPartial({ quotas });
    const { stdout } = await run("quota", { listQuotas });
    assert.match(
      stdout,
      /^\* +default +5 +5 +configuration\norders +default +no limit +9 +operator$/m,
    );
    const asked: unknown[] = [];
    const setQuota: FakeAdminMethods["setQuota"] = (request) => {
      asked.push(request);
      const { service, maxPorts } = request;
      return { quota: Quota.fromPartial({ service, maxPorts, pool: "default" }) };
    };
    const set = await run("quota set '*' 0", { setQuota });
    assert.equal(set.stdout, "each other service may have 0 ports of the pool default\n");
    const none = await run("quota set orders none", { setQuota });
    assert.equal(none.stdout, "orders may have any number of ports of the pool default\n");
    await run("quota reset orders --pool web", { setQuota });
    assert.deepEqual(asked, [
      { pool: "", service: "*", maxPorts: 0, reset: false },
      { pool: "", service: "orders", maxPorts: undefined, reset: false },
      { pool: "web", service: "orders", maxPorts: undefined, reset: true },
    ]);
    assertFails(await run("quota set orders many", { setQuota }), 2, /from 0 to 65535, or "none"/);
  });

  it("config show lists each value with its source, config reload says what became of it", async () => {
    const answer = GetConfigResponse.fromPartial({
      config: { log: { level: "info" }, pools: [{ name: "web", size: 8 }], tokens: [] },
      sources: { "log.level": "environment", pools: "file", "pools[0].size": "operator" },
    });
    const { stdout } = await run("config show", { getConfig: () => answer });
    assert.deepEqual(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => line.split(/ +/)),
      [
        ["SETTING", "VALUE", "FROM"],
        ["log.level", "info", "environment"],
        ["pools[0].name", "web", "file"],
        ["pools[0].size", "8", "operator"],
        ["tokens", "[]"],
      ],
    );
    const changes = {
      applied: ["log.level: info to debug"],
      needsRestart: ["listen"],
      failed: ["pool b"],
    };
    const reloadConfig: FakeAdminMethods["reloadConfig"] = () => changes;
    const reloaded = await run("config reload", { reloadConfig });
    assert.equal(
      reloaded.stdout,
      "applied: log.level: info to debug\nneeds a restart: listen\nfailed: pool b\n",
    );
    const dry = await run("config reload --dry-run", { reloadConfig });
    assert.match(dry.stdout, /^would be applied: /);
    const nothing = { applied: [], needsRestart: [], failed: [] };
    const same = await run("config reload", { reloadConfig: () => nothing });
    assert.equal(same.stdout, "nothing has changed\n");
  });

  it("says so when the broker is too old, or is none", async () => {
    const listPins = () => refuse(status.UNIMPLEMENTED, "", "unknown method");
    assertFails(
      await run("pins", { listPins }),
      1,
      /knows no portlease\.v1\.AdminService\/ListPins/,
    );
  });
});

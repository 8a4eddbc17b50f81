// The rules and their tests as promtool judges them, and Debian's Prometheus with a real broker: it reads the metrics with a token,
// takes the rules, and an alert fires. Whether the files name only metrics that exist, monitoring.test.ts says.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { FleetCounters } from "#server/fleet/fleet-stats.js";
import { readRuleFile, rulesFiles, rulesFolder, rulesTestFiles } from "../support/alert-rules.js";
import { brokerFixture } from "../support/broker-fixture.js";
import { BrokerLab } from "../support/broker-lab.js";
import type { BrokerProcess } from "../support/broker-process.js";
import { eventually } from "../support/eventually.js";
import { fleetMetricsOf } from "../support/fleet-metrics-fixture.js";
import { expressionsIn, readGrafanaDashboard } from "../support/grafana-dashboard.js";
import { adminTokenIn } from "../support/lease-caller.js";
import { metricsOf } from "../support/metrics-fixture.js";
import { PrometheusProcess } from "../support/prometheus-process.js";
import { noteSecret } from "../support/test-output.js";
import { describeWithTools, findTool, runTool } from "./support/delivery-tools.js";

/** Prometheus looks at the broker and at the rules once a second; some of what is waited for needs two or three looks. */
const withinMs = 30_000;

const publisherState = { connected: true, hostIdTaken: false, pending: 0, lastSuccessWallMs: 1 };

interface Leased {
  readonly lease: { readonly leaseId: string };
  readonly holderKey: string;
}

describeWithTools("the alert rules, by promtool", ["promtool"], () => {
  const promtool = (...args: readonly string[]) => runTool("promtool", args, { cwd: rulesFolder });

  it("are rules", () => {
    const { exitCode, output } = promtool("check", "rules", ...rulesFiles);
    assert.equal(exitCode, 0, output);
  });

  it("fire when they should, and only then", () => {
    const { exitCode, output } = promtool("test", "rules", ...rulesTestFiles);
    assert.equal(exitCode, 0, output);
  });

  it("are in an example of a configuration that Prometheus takes", () => {
    const { exitCode, output } = promtool("check", "config", "--syntax-only", "scrape.example.yml");
    assert.equal(exitCode, 0, output);
  });
});

describeWithTools("the metrics of a fleet, by promtool", ["promtool"], () => {
  it("have names, units and words in which it finds nothing to mend", async () => {
    const fleet = fleetMetricsOf();
    const broker = metricsOf(await brokerFixture(), {
      fleetPublisher: () => ({ ...new FleetCounters().all, ...publisherState }),
    });
    for (const metrics of [fleet, broker]) {
      const { text } = await metrics.text();
      metrics.close();
      assert.match(text, /^portlease_fleet_/m);
      const { exitCode, output } = runTool("promtool", ["check", "metrics"], { input: text });
      assert.deepEqual({ exitCode, output }, { exitCode: 0, output: "" });
    }
  });
});

describeWithTools("a broker under Prometheus", ["prometheus", "promtool"], function () {
  this.timeout(120_000);
  let lab: BrokerLab;
  let broker: BrokerProcess;
  let tokenFile: string;
  let prometheus: PrometheusProcess;

  before(async () => {
    lab = await BrokerLab.open();
    tokenFile = join(lab.newDirectory(), "prometheus.token");
    const token = "a".repeat(64);
    noteSecret(token);
    writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 });
    const tokens = [{ name: "prometheus", role: "viewer", file: tokenFile }];
    const config = stringify({ requireToken: true, tokens });
    broker = await lab.start({ config, poolSize: 2 });
    prometheus = await startPrometheus();
  });

  after(async () => {
    await prometheus.stop();
    await lab.close();
  });

  async function startPrometheus(): Promise<PrometheusProcess> {
    const folder = lab.newDirectory();
    const { groups } = readRuleFile("portlease.rules.yml");
    const hasty = groups.map((group) => ({
      ...group,
      rules: group.rules.map((rule) => (rule.for === undefined ? rule : { ...rule, for: "1s" })),
    }));
    writeFileSync(join(folder, "rules.yml"), stringify({ groups: hasty }));
    const config = {
      global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
      rule_files: ["rules.yml"],
      scrape_configs: [
        {
          job_name: "portlease",
          authorization: { credentials_file: tokenFile },
          static_configs: [{ targets: [broker.ready.httpAddress] }],
        },
      ],
    };
    const configFile = join(folder, "prometheus.yml");
    writeFileSync(configFile, stringify(config));
    return PrometheusProcess.start(findTool("prometheus") ?? "", configFile, join(folder, "data"));
  }

  const url = (path: string) => `http://${broker.ready.httpAddress}${path}`;

  async function call(method: string, message: unknown): Promise<unknown> {
    const response = await fetch(url(`/portlease.v1.LeaseService/${method}`), {
      method: "POST",
      headers: {
        authorization: `Bearer ${adminTokenIn(broker.adminTokenFile)}`,
        "content-type": "application/json",
        connection: "close",
      },
      body: JSON.stringify(message),
    });
    assert.equal(response.status, 200, method);
    return response.json();
  }

  const firing = async (name: string) =>
    (await prometheus.alerts()).find(
      ({ labels, state }) => labels["alertname"] === name && state === "firing",
    ) ?? null;

  it("is read, with the token of a viewer and not without one", async () => {
    const refused = await fetch(url("/metrics"), { headers: { connection: "close" } });
    assert.equal(refused.status, 401);
    await eventually(
      "the broker is read",
      async () => (await prometheus.targets())[0]?.health === "up",
      { withinMs },
    );
  });

  it("has metrics in which promtool finds nothing to mend", async () => {
    const token = readFileSync(tokenFile, "utf8").trim();
    const response = await fetch(url("/metrics"), {
      headers: { authorization: `Bearer ${token}`, connection: "close" },
    });
    const { exitCode, output } = runTool("promtool", ["check", "metrics"], {
      input: await response.text(),
    });
    assert.deepEqual({ exitCode, output }, { exitCode: 0, output: "" });
  });

  it("has an alert that fires when a pool is full, and stops when it is not", async () => {
    const { lease, holderKey } = (await call("AcquireLease", {
      holder: { service: "orders" },
      portCount: 2,
      ttl: "600s",
    })) as Leased;
    noteSecret(holderKey);
    const alert = await eventually("the alert fires", () => firing("PortleasePoolFull"), {
      withinMs,
    });
    assert.equal(alert.labels["pool"], "default");
    assert.equal(alert.labels["severity"], "critical");
    await call("ReleaseLease", { leaseId: lease.leaseId, holderKey });
    await eventually("the alert ends", async () => (await firing("PortleasePoolFull")) === null, {
      withinMs,
    });
  });

  it("has rules that all work", async () => {
    const rules = await eventually(
      "all rules were tried",
      async () => {
        const loaded = await prometheus.rules();
        return loaded.every(({ health }) => health !== "unknown") ? loaded : null;
      },
      { withinMs },
    );
    assert.deepEqual(
      rules.filter(({ health }) => health !== "ok"),
      [],
    );
  });

  it("answers every panel of the dashboard for Grafana", async () => {
    const values: Readonly<Record<string, string>> = {
      $host: broker.ready.httpAddress ?? "",
      $pool: ".*",
      $__rate_interval: "10s",
    };
    let answered = 0;
    for (const expression of expressionsIn(readGrafanaDashboard("portlease-host"))) {
      const asked = expression.replaceAll(/\$\w+/g, (name) => values[name] ?? name);
      answered += (await prometheus.seriesCount(asked)) > 0 ? 1 : 0;
    }
    // Others show what has not happened, or what takes half an hour to see.
    assert.ok(answered >= 30, String(answered));
  });
});

// The alert rules and the dashboards for Grafana against the metrics that brokers and fleet servers have, and against the page about
// alerts.
// Whether Prometheus takes the rules, and whether they fire, prometheus.deep.test.ts says.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { readRules, rulesFolder, rulesTestFiles } from "../support/alert-rules.js";
import { brokerFixture } from "../support/broker-fixture.js";
import { fleetMetricsOf } from "../support/fleet-metrics-fixture.js";
import { expressionsIn, type Panel, readGrafanaDashboard } from "../support/grafana-dashboard.js";
import { metricsOf } from "../support/metrics-fixture.js";
import { familyOf, metricsIn } from "../support/promql.js";
import { repositoryRoot } from "../support/repository.js";

/** Prometheus makes them: https://prometheus.io/docs/concepts/jobs_instances/ */
const prometheusOwn = ["up", "ALERTS"];

interface RuleTests {
  readonly tests: readonly {
    readonly promql_expr_test?: readonly {
      readonly exp_samples: readonly { readonly labels: string }[];
    }[];
  }[];
}

async function knownNames(): Promise<ReadonlySet<string>> {
  const programs = [metricsOf(await brokerFixture()), fleetMetricsOf()];
  const names = programs.flatMap(({ descriptions }) => descriptions.map(({ name }) => name));
  for (const program of programs) program.close();
  const recorded = readRules().flatMap(({ record }) => record ?? []);
  return new Set([...names, ...recorded, ...prometheusOwn]);
}

const unknownIn = (expressions: readonly string[], known: ReadonlySet<string>) =>
  expressions.flatMap(metricsIn).filter((name) => !known.has(name) && !known.has(familyOf(name)));

describe("names of metrics in PromQL", () => {
  it("are told from functions, labels, keywords and durations", () => {
    const expression =
      'histogram_quantile(0.99, sum by (job, le) (rate(a_seconds_bucket{le="b"}[5m]))) > 1e3 and on (job) c:d:rate5m offset 10m';
    assert.deepEqual(metricsIn(expression), ["a_seconds_bucket", "c:d:rate5m"]);
  });
});

describe("the alert rules", () => {
  const rules = readRules();
  const alerts = rules.filter(({ alert }) => alert !== undefined);

  it("name only metrics that exist", async () => {
    assert.deepEqual(
      unknownIn(
        rules.map(({ expr }) => expr),
        await knownNames(),
      ),
      [],
    );
  });

  it("say how bad it is, what it is about, and where to read on", () => {
    for (const { alert = "", labels, annotations = {} } of alerts) {
      assert.match(alert, /^Portlease[A-Z][A-Za-z]+$/);
      assert.match(labels?.severity ?? "", /^(critical|warning|info)$/, alert);
      assert.match(annotations["summary"] ?? "", /^[A-Z].*\.$/, alert);
      assert.match(annotations["description"] ?? "", /\$labels\.instance.*\.$/s, alert);
      const page = "https://github.com/portlease/portlease/blob/main/docs/alerts.md";
      assert.equal(annotations["runbook_url"], `${page}#${alert.toLowerCase()}`);
    }
  });

  it("have a section each in docs/alerts.md, which has no other", () => {
    const page = readFileSync(join(repositoryRoot, "docs", "alerts.md"), "utf8");
    const sections = [...page.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
    const names = new Set(alerts.map(({ alert }) => alert));
    assert.deepEqual(new Set(sections), names);
    assert.equal(sections.length, names.size);
  });

  it("fire in a test each, with their severity", () => {
    const tests = rulesTestFiles.flatMap((name) => {
      const file = parse(readFileSync(join(rulesFolder, name), "utf8")) as RuleTests;
      return file.tests;
    });
    const fired = tests
      .flatMap(({ promql_expr_test: checks = [] }) => checks)
      .flatMap(({ exp_samples: samples }) => samples.map(({ labels }) => labels));
    for (const { alert = "", labels } of alerts) {
      const start = `{alertname="${alert}",severity="${labels?.severity}"`;
      assert.ok(
        fired.some((sample) => sample.startsWith(start)),
        start,
      );
    }
  });
});

for (const { uid, variables, about } of [
  { uid: "portlease-host", variables: ["datasource", "host", "pool"], about: /instance="\$host"/ },
  {
    uid: "portlease-fleet",
    variables: ["datasource", "server"],
    // Of one fleet server, of the brokers that publish, or the alerts of both.
    about: /instance="\$server"|portlease_fleet_publisher_\w+\{job="portlease"\}|^count\(ALERTS/,
  },
] as const) {
  describe(`the dashboard ${uid} for Grafana`, () => {
    const dashboard = readGrafanaDashboard(uid);
    const panels = dashboard.panels.filter(({ type }) => type !== "row");

    it("names only metrics that exist", async () => {
      assert.deepEqual(unknownIn(expressionsIn(dashboard), await knownNames()), []);
    });

    it("is of the classic schema, which every Grafana imports, under a name that stays", () => {
      assert.equal(dashboard.uid, uid);
      assert.ok(dashboard.schemaVersion <= 41);
      assert.equal("apiVersion" in dashboard || "spec" in dashboard, false);
    });

    it("lets its reader choose the data source, and what it is about", async () => {
      const { list } = dashboard.templating;
      assert.deepEqual(
        list.map(({ name }) => name),
        variables,
      );
      const known = await knownNames();
      for (const { definition } of list.slice(1)) {
        const metric = /^label_values\((\w+)\{/.exec(definition ?? "")?.[1];
        assert.ok(metric !== undefined && known.has(metric), definition);
      }
      for (const expression of expressionsIn(dashboard)) assert.match(expression, about);
    });

    it("has a title, a unit and a description on each panel, and ids that differ", () => {
      for (const { title, description = "", fieldConfig, datasource, targets } of panels) {
        assert.match(title, /^[A-Z]/);
        assert.match(description, /^[A-Z].*\.$/, title);
        assert.notEqual(fieldConfig?.defaults.unit ?? "", "", title);
        assert.equal(datasource?.uid, "${datasource}", title);
        assert.ok((targets ?? []).length > 0, title);
      }
      assert.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length);
    });

    it("has no panel that lies on another, or beside the page", () => {
      const overlap = ({ gridPos: a }: Panel, { gridPos: b }: Panel) =>
        a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
      for (const [index, panel] of dashboard.panels.entries()) {
        assert.ok(panel.gridPos.x + panel.gridPos.w <= 24, panel.title);
        for (const other of dashboard.panels.slice(index + 1)) {
          assert.equal(overlap(panel, other), false, `${panel.title} and ${other.title}`);
        }
      }
    });
  });
}

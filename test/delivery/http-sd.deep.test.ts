// Debian's Prometheus finds a service by /http_sd of a fleet server, as docs/discovery.md configures it, scrapes it, and lets it go when
// its lease has ended.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { LeaseClient } from "@portlease/client";
import { parse, stringify } from "yaml";
import { BrokerLab } from "../support/broker-lab.js";
import type { BrokerProcess } from "../support/broker-process.js";
import { samplesOf } from "../support/document-samples.js";
import { eventually } from "../support/eventually.js";
import { PrometheusProcess } from "../support/prometheus-process.js";
import { brokersSource, startTestFleet, type TestFleet } from "../support/running-fleet.js";
import { noteSecret } from "../support/test-output.js";
import { describeWithTools, findTool, runTool } from "./support/delivery-tools.js";

interface Configuration {
  readonly scrape_configs: readonly {
    readonly http_sd_configs: readonly { readonly url: string }[];
  }[];
}

const withinMs = 30_000;
const sample = samplesOf("docs/discovery.md").find(({ language }) => language === "yaml");

describeWithTools("/http_sd under Prometheus", ["prometheus", "promtool"], function () {
  this.timeout(120_000);
  let lab: BrokerLab;
  let broker: BrokerProcess;
  let fleet: TestFleet;
  let prometheus: PrometheusProcess;

  before(async () => {
    lab = await BrokerLab.open();
    broker = await lab.start();
    const token = "f".repeat(64);
    noteSecret(token);
    const tokenFile = join(lab.newDirectory(), "prometheus.token");
    writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 });
    const tokens = [{ name: "prometheus", role: "viewer" as const, file: tokenFile }];
    fleet = await startTestFleet(brokersSource(broker.address), { requireToken: true, tokens });
    prometheus = await startPrometheus(tokenFile);
  });

  after(async () => {
    await prometheus.stop();
    await fleet.dispose();
    await lab.close();
  });

  /** The configuration of the page, but hastier, and with the token of a server that asks for one. */
  async function startPrometheus(tokenFile: string): Promise<PrometheusProcess> {
    const folder = lab.newDirectory();
    const text = (sample?.text ?? "")
      .replace("127.0.0.1:7611", fleet.httpAddress ?? "")
      .replace("refresh_interval: 10s", "refresh_interval: 1s");
    const config = parse(text) as Configuration;
    for (const { http_sd_configs: configs } of config.scrape_configs) {
      for (const each of configs) {
        Object.assign(each, { authorization: { type: "Bearer", credentials_file: tokenFile } });
      }
    }
    const global = { scrape_interval: "1s", scrape_timeout: "1s" };
    const path = join(folder, "prometheus.yml");
    writeFileSync(path, stringify({ global, ...config }));
    const { exitCode, output } = runTool("promtool", ["check", "config", path], { cwd: folder });
    assert.equal(exitCode, 0, output);
    return PrometheusProcess.start(findTool("prometheus") ?? "", path, join(folder, "data"));
  }

  it("is a configuration that promtool takes as it stands on the page", () => {
    const folder = lab.newDirectory();
    writeFileSync(join(folder, "page.yml"), sample?.text ?? "");
    const { exitCode, output } = runTool("promtool", ["check", "config", "page.yml"], {
      cwd: folder,
    });
    assert.equal(exitCode, 0, output);
  });

  it("scrapes the service on its leased port, with labels, until the lease has ended", async () => {
    const client = new LeaseClient({ address: broker.address });
    const service = createServer((_request, response) => {
      response.setHeader("content-type", "text/plain; version=0.0.4");
      response.end("orders_in_stock 7\n");
    });
    try {
      const lease = await client.acquire({ service: "orders", instance: "blue" });
      await lease.listen(service);
      const query = 'orders_in_stock{job="orders", instance="orders/blue"}';
      await eventually(
        "the service is scraped",
        async () => (await prometheus.seriesCount(query)) === 1,
        { withinMs },
      );
      await lease.release();
      await eventually(
        "the target is gone",
        async () => (await prometheus.targets()).length === 0,
        { withinMs },
      );
    } finally {
      service.close();
      service.closeAllConnections();
      await client.close();
    }
  });
});

// Spans of calls, with OpenTelemetry's own packages and a collector that keeps what it is sent.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Metadata } from "@grpc/grpc-js";
import { AcquireLeaseRequest } from "@portlease/proto/portlease/v1/lease_service.js";
import { OpenedThings } from "#server/opened-things.js";
import { openTracing } from "#server/tracing/open-tracing.js";
import { parseTraceParent } from "#server/tracing/trace-parent.js";
import { StartError } from "#server/start-error.js";
import { LeaseCaller } from "../../support/lease-caller.js";
import { repositoryRoot } from "../../support/repository.js";
import { startTestBroker } from "../../support/running-broker.js";
import { plain, SpanReceiver } from "../../support/span-receiver.js";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const spanId = "00f067aa0ba902b7";
const facts = { version: "1.2.3", host: "ci" };

/** With the versions that these tests run with. */
function installCommand(): string {
  const text = readFileSync(join(repositoryRoot, "package.json"), "utf8");
  const { devDependencies } = JSON.parse(text) as {
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  const names = ["sdk-trace-base", "resources", "exporter-trace-otlp-http"];
  const packages = names.map((name) => `@opentelemetry/${name}`);
  return `npm install ${packages.map((name) => `${name}@${devDependencies[name]}`).join(" ")}`;
}

describe("tracing", () => {
  let receiver: SpanReceiver;

  beforeEach(async () => {
    receiver = await SpanReceiver.open();
    process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.endpoint;
  });

  afterEach(async () => {
    delete process.env["OTEL_EXPORTER_OTLP_ENDPOINT"];
    await receiver.close();
  });

  it("sends a span of each call, below the one that the caller names, without a secret", async () => {
    const broker = await startTestBroker({}, { tracing: "otlp" });
    const caller = new LeaseCaller(broker.address);
    const metadata = new Metadata();
    metadata.set("traceparent", `00-${traceId}-${spanId}-01`);
    const holderKey = await new Promise<string>((resolve, reject) => {
      const request = AcquireLeaseRequest.fromPartial({ holder: { service: "orders" } });
      caller.leaseClient.acquireLease(request, metadata, (error, answer) =>
        error === null ? resolve(answer.holderKey) : reject(error),
      );
    });
    await assert.rejects(caller.acquire({ pool: "nowhere" }));
    caller.close();
    await broker.dispose();

    const [granted, refused] = receiver.spans;
    assert.deepEqual(
      [granted?.name, granted?.traceId, granted?.parentSpanId, granted?.kind],
      ["portlease.v1.LeaseService/AcquireLease", traceId, spanId, 2],
    );
    assert.deepEqual(plain(granted?.attributes ?? []), {
      "rpc.system": "grpc",
      "rpc.service": "portlease.v1.LeaseService",
      "rpc.method": "AcquireLease",
      "rpc.grpc.status_code": 0,
    });
    assert.notEqual(refused?.traceId, traceId);
    // A refusal is an answer, not a fault of the broker.
    assert.equal(refused?.status.code ?? 0, 0);
    assert.equal(receiver.resource["service.name"], "portlease");
    assert.equal(receiver.text.includes(holderKey), false);
    assert.equal(receiver.text.includes("orders"), false);
  });

  it("is off unless it is asked for: no package is loaded, and nothing is sent", async () => {
    const opened = new OpenedThings();
    const load = () => Promise.reject(new Error("it was loaded"));
    assert.equal(await openTracing("none", facts, opened, load), null);
    assert.deepEqual(receiver.spans, []);
  });

  it("refuses the start and names the command when the packages are not there", async () => {
    const missing = Object.assign(new Error("Cannot find package '@opentelemetry/resources'"), {
      code: "ERR_MODULE_NOT_FOUND",
    });
    await assert.rejects(
      openTracing("otlp", facts, new OpenedThings(), () => Promise.reject(missing)),
      (error: unknown) =>
        error instanceof StartError &&
        error.code === "CANNOT_TRACE" &&
        error.message.includes(installCommand()),
    );
    const page = readFileSync(join(repositoryRoot, "docs", "metrics.md"), "utf8");
    assert.ok(page.includes(installCommand()));
  });

  it("knows the span that a caller by HTTP names", async () => {
    const broker = await startTestBroker({}, { tracing: "otlp" });
    const url = `http://${broker.httpAddress}/portlease.v1.AdminService/GetBroker`;
    const traceparent = `00-${traceId}-${spanId}-01`;
    const headers = { "content-type": "application/json", connection: "close", traceparent };
    const response = await fetch(url, { method: "POST", headers, body: "{}" });
    assert.equal(response.status, 200);
    await broker.dispose();
    assert.deepEqual(
      receiver.spans.map((span) => [span.name, span.parentSpanId]),
      [["portlease.v1.AdminService/GetBroker", spanId]],
    );
  });

  it("does not hold a stop up for a collector that is gone", async () => {
    const broker = await startTestBroker({}, { tracing: "otlp" });
    await receiver.close();
    const caller = new LeaseCaller(broker.address);
    await caller.acquire();
    caller.close();
    await broker.dispose();
  });
});

describe("traceparent", () => {
  it("is read as it is written", () => {
    const parent = { traceId, spanId, traceFlags: 1, isRemote: true };
    assert.deepEqual(parseTraceParent(`00-${traceId}-${spanId}-01`), parent);
    assert.deepEqual(parseTraceParent(`01-${traceId}-${spanId}-01-more`), parent);
  });

  for (const wrong of [
    undefined,
    "",
    "rubbish",
    `ff-${traceId}-${spanId}-01`,
    `00-${"0".repeat(32)}-${spanId}-01`,
    `00-${traceId}-${"0".repeat(16)}-01`,
    `00-${traceId}-${spanId}`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
  ]) {
    it(`that is ${String(wrong)} counts as none`, () => {
      assert.equal(parseTraceParent(wrong), null);
    });
  }
});

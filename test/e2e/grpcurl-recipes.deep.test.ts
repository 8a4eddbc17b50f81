// The recipes of docs/grpcurl.md, run as they stand there: by bash with the real grpcurl, again with buf curl, the samples for HTTP
// with curl; those for PowerShell are parsed. That cmd passes on what it should: test/docs/grpcurl.test.ts.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import {
  type AdminServiceClient,
  ListBlocksRequest,
  type ListBlocksResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { runTool } from "../delivery/support/delivery-tools.js";
import { BrokerLab } from "../support/broker-lab.js";
import type { BrokerProcess } from "../support/broker-process.js";
import { samplesOf } from "../support/document-samples.js";
import { eventually } from "../support/eventually.js";
import { grpcurlFolder, hasGrpcurl } from "../support/grpcurl.js";
import {
  bashCommand,
  bufCurlCommand,
  curlSample,
  preludes,
} from "../support/recipes/grpcurl-page.js";
import { type Recipe, recipes } from "../support/recipes/grpcurl-recipes.js";
import { repositoryRoot } from "../support/repository.js";
import { brokersSource, startTestFleet, type TestFleet } from "../support/running-fleet.js";
import { noteSecret } from "../support/test-output.js";

const describeWithGrpcurl = hasGrpcurl()
  ? describe
  : (title: string, suite: () => void) =>
      describe.skip(`${title} (there is no grpcurl; run scripts/setup-ci)`, suite);

interface Ran {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describeWithGrpcurl("the recipes of docs/grpcurl.md", () => {
  const inDocument = new Set(samplesOf("docs/grpcurl.md").map(({ text }) => text.trimEnd()));
  let lab: BrokerLab;
  let broker: BrokerProcess;
  let fleet: TestFleet;
  /** What the reader puts in for what stands in capitals, as answers bring it. */
  let known: Map<string, string>;

  beforeEach(async () => {
    lab = await BrokerLab.open();
    broker = await lab.start({
      poolSize: 0,
      flags: ["--pool-size", "16", "--pool-max-size", "64"],
    });
    fleet = await startTestFleet(brokersSource(broker.address));
    known = new Map();
    await eventually("the fleet server knows the broker", async () => {
      const answer = await fetch(
        `http://${fleet.httpAddress}/portlease.v1.FleetService/ListHosts`,
        {
          method: "POST",
          headers: { "content-type": "application/json", connection: "close" },
          body: JSON.stringify({ filter: "state = heard-from" }),
        },
      );
      const { hosts = [] } = (await answer.json()) as { hosts?: readonly { hostId: string }[] };
      known.set("HOST_ID", hosts[0]?.hostId ?? "");
      return hosts.length > 0;
    });
  });

  afterEach(async () => {
    await fleet.dispose();
    await lab.close();
  });

  function filled(command: string): string {
    const port = String(broker.ready.blocks[0]?.firstPort);
    let text = command.replace("20417", port);
    for (const [name, value] of known) text = text.replace(name, value);
    return text;
  }

  function start(command: string): ChildProcess {
    const prelude = preludes.bash
      .replace("127.0.0.1:7600", broker.address)
      .replace("/var/lib/portlease/admin.token", broker.adminTokenFile)
      .replace("127.0.0.1:7610", fleet.address)
      .replace("/var/lib/portlease-fleet/admin.token", fleet.adminTokenFile);
    const bin = join(repositoryRoot, "node_modules", ".bin");
    return spawn("bash", ["-ec", `${prelude}\n${filled(command)}`], {
      env: { PATH: `${grpcurlFolder}:${bin}:${process.env["PATH"]}`, HOME: lab.newDirectory() },
      stdio: ["ignore", "pipe", "pipe"],
      // So that what bash started is ended with it.
      detached: true,
    });
  }

  async function run(recipe: Recipe, command: string): Promise<Ran> {
    const child = start(command);
    let [stdout, stderr] = ["", ""];
    child.stdout?.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      if (recipe.endless === true && /\n\}/.test(`\n${stdout.trim()}`)) end(child);
    });
    child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const [exitCode] = (await once(child, "close")) as [number | null];
    return { exitCode, stdout, stderr };
  }

  function learn(stdout: string): void {
    for (const [name, field] of [
      ["LEASE_ID", "leaseId"],
      ["HOLDER_KEY", "holderKey"],
      ["BLOCK_ID", "blockId"],
    ] as const) {
      const value = new RegExp(`"${field}": ?"([^"]+)"`).exec(stdout)?.[1];
      if (value === undefined) continue;
      if (name === "HOLDER_KEY") noteSecret(value);
      known.set(name, value);
    }
  }

  /** A block goes when it is drained and has no lease: this one has one, and stays. */
  async function useLeasedBlock(): Promise<void> {
    const caller = lab.caller(broker);
    const { port } = await caller.acquire();
    const { blocks } = await listBlocks(caller.adminClient);
    const block = blocks.find(
      ({ firstPort, portCount }) => firstPort <= port && port < firstPort + portCount,
    );
    known.set("BLOCK_ID", block?.blockId ?? "");
  }

  async function check(recipe: Recipe, command: string): Promise<void> {
    if (recipe.method.endsWith("/DrainBlock") && recipe.data?.["undo"] !== true)
      await useLeasedBlock();
    const { exitCode, stdout, stderr } = await run(recipe, command);
    if (recipe.refusedElsewhere !== undefined) {
      assert.ok(told(stderr).includes(recipe.refusedElsewhere), `${recipe.title}: ${stderr}`);
      return;
    }
    if (recipe.endless === true) assert.match(stdout, /\{/, `${recipe.title}: ${stderr}`);
    else assert.equal(exitCode, 0, `${recipe.title}: ${stderr}`);
    // What is listed meanwhile is not what the next recipes are about.
    const makes = /Acquire|ReserveBlock/.test(recipe.method);
    if (makes && recipe.data?.["validateOnly"] !== true) learn(stdout);
  }

  it("do with bash and grpcurl what they say, one after the other", async function () {
    this.timeout(120_000);
    for (const recipe of recipes) {
      const command = bashCommand(recipe);
      assert.ok(inDocument.has(command), command);
      await check(recipe, command);
    }
  });

  it("do the same with buf curl", async function () {
    this.timeout(180_000);
    assert.ok([...inDocument].some((text) => text.startsWith("buf curl --protocol grpc")));
    for (const recipe of recipes) await check(recipe, bufCurlCommand(recipe));
  });

  it("have samples for HTTP that curl and buf run", async function () {
    this.timeout(120_000);
    assert.ok(inDocument.has(curlSample));
    const { httpAddress }: { readonly httpAddress: string | null } = broker.ready;
    assert.ok(httpAddress !== null, "it serves HTTP");
    for (const line of curlSample.split("\n")) {
      const command: string = line
        .replace("127.0.0.1:7601", httpAddress)
        .replace("--schema proto", `--schema '${join(repositoryRoot, "proto")}'`);
      const child = start(command);
      let stdout = "";
      child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
      const [exitCode] = (await once(child, "close")) as [number | null];
      assert.equal(exitCode, 0, command);
      assert.match(stdout, /"pool": ?"default"/);
    }
  });

  it("are PowerShell where they say so", () => {
    const samples = samplesOf("docs/grpcurl.md").filter(
      ({ language }) => language === "powershell",
    );
    const security = samplesOf("docs/security.md").filter(
      ({ language }) => language === "powershell",
    );
    const parser = join(repositoryRoot, "test", "delivery", "support", "powershell-errors.py");
    const input = [...samples, ...security].map(({ text }) => text).join("\n");
    assert.equal(runTool("python", [parser], { input }).output.trim(), "");
    assert.ok(samples.length > recipes.length);
  });
});

/** buf knows no types of details, and prints their bytes. */
function told(stderr: string): string {
  const values = [...stderr.matchAll(/"value": "([\w+/=]+)"/g)];
  return stderr + values.map(([, value = ""]) => Buffer.from(value, "base64").toString()).join();
}

function listBlocks(client: AdminServiceClient): Promise<ListBlocksResponse> {
  return new Promise((resolve, reject) => {
    client.listBlocks(ListBlocksRequest.fromPartial({}), (error, answer) =>
      error === null ? resolve(answer) : reject(error),
    );
  });
}

function end(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  try {
    process.kill(-child.pid, "SIGTERM");
  } catch {
    // It has ended by itself meanwhile.
  }
}

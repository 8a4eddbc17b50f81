// The real grpcurl as an operator uses it: no proto files, only the address. It finds everything by server reflection v1;
// reflection v1alpha, which it would fall back to, is asked by a client made for that.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import {
  type Client,
  type ClientDuplexStream,
  credentials,
  loadPackageDefinition,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { defaultAddress } from "@portlease/client";
import { BrokerLab } from "../support/broker-lab.js";
import type { BrokerProcess } from "../support/broker-process.js";
import { samplesOf } from "../support/document-samples.js";
import { grpcurlFolder, type GrpcurlResult, hasGrpcurl, runGrpcurl } from "../support/grpcurl.js";
import { noteSecret, recordText } from "../support/test-output.js";

const runFile = promisify(execFile);

const leaseService = "portlease.v1.LeaseService";
const adminService = "portlease.v1.AdminService";

interface AcquireAnswer {
  readonly lease: { readonly leaseId: string; readonly port: number; readonly generation: string };
  readonly holderKey: string;
}

const describeWithGrpcurl = hasGrpcurl()
  ? describe
  : (title: string, suite: () => void) =>
      describe.skip(`${title} (there is no grpcurl; run scripts/setup-ci)`, suite);

describeWithGrpcurl("grpcurl", () => {
  let lab: BrokerLab;
  let broker: BrokerProcess;

  before(async () => {
    lab = await BrokerLab.open();
    broker = await lab.start({ poolSize: 2, flags: ["--pool-quarantine", "1h"] });
  });

  after(() => lab.close());

  const run = (words: readonly string[], data?: object): Promise<GrpcurlResult> =>
    runGrpcurl(broker.address, words, data);

  async function call<T>(method: string, data?: object): Promise<T> {
    const { exitCode, stdout, stderr } = await run([method], data);
    assert.equal(exitCode, 0, stderr);
    return JSON.parse(stdout) as T;
  }

  async function acquire(data: object): Promise<AcquireAnswer> {
    const answer = await call<AcquireAnswer>(`${leaseService}/AcquireLease`, data);
    noteSecret(answer.holderKey);
    return answer;
  }

  it("does what README.md says, as it stands there", async () => {
    const texts = samplesOf("README.md").map(({ text }) => text);
    const text = texts.find((each) => each.startsWith("grpcurl")) ?? "";
    const commands = text.replaceAll(defaultAddress, broker.address);
    const { stdout } = await runFile("sh", ["-e", "-c", commands], {
      env: { PATH: `${grpcurlFolder}:${process.env["PATH"]}` },
    });
    const [, holderKey = ""] = /"holderKey": "([^"]+)"/.exec(stdout) ?? [];
    noteSecret(holderKey);
    assert.match(stdout, /^portlease\.v1\.LeaseService$/m);
    const [leaseId, listed] = [...stdout.matchAll(/"leaseId": "([^"]+)"/g)].map(([, id]) => id);
    assert.equal(listed, leaseId);
    await call(`${leaseService}/ReleaseLease`, { leaseId, holderKey });
  });

  it("lists the services and their methods", async () => {
    const services = (await run(["list"])).stdout.trim().split("\n");
    assert.deepEqual(services, ["grpc.health.v1.Health", adminService, leaseService]);
    const methods = (await run(["list", leaseService])).stdout;
    assert.match(methods, /^portlease\.v1\.LeaseService\.AcquireLease$/m);
    assert.match(methods, /^portlease\.v1\.LeaseService\.Session$/m);
  });

  it("describes services, methods, messages and fields with their comments", async () => {
    const method = (await run(["describe", `${leaseService}.AcquireLease`])).stdout;
    assert.match(method, /\/\/ Leases one port, or a run of consecutive ports, from a pool\./);
    assert.match(method, /RESOURCE_EXHAUSTED POOL_FULL/);
    const message = (await run(["describe", "portlease.v1.AcquireLeaseRequest"])).stdout;
    assert.match(message, /\/\/ Makes the call safe to repeat/);
    const service = (await run(["describe", adminService])).stdout;
    assert.match(service, /\/\/ Shows and steers the broker of a host\./);
  });

  it("finds a comment on every method, on its request and on its answer", async () => {
    const messages = new Set<string>();
    for (const service of [leaseService, adminService]) {
      const methods = (await run(["list", service])).stdout.trim().split("\n");
      for (const method of methods) {
        const { stdout } = await run(["describe", method]);
        assert.match(stdout, /^\/\/ /m, stdout);
        for (const [, name = ""] of stdout.matchAll(/\( (?:stream )?\.(\S+) \)/g))
          messages.add(name);
      }
    }
    assert.ok(messages.size > 50);
    for (const message of messages) {
      const { stdout } = await run(["describe", message]);
      assert.match(stdout, /^\/\/ /m, stdout);
    }
  });

  it("acquires, lists, renews and releases", async () => {
    const { lease, holderKey } = await acquire({ holder: { service: "orders" }, ttl: "60s" });
    const [block] = broker.ready.blocks;
    assert.ok(block !== undefined && lease.port >= block.firstPort && lease.port <= block.lastPort);
    const { leaseId } = lease;
    interface Listed {
      readonly leases?: readonly AcquireAnswer["lease"][];
    }
    const listed = await call<Listed>(`${leaseService}/ListLeases`);
    assert.deepEqual(
      listed.leases?.map((entry) => [entry.leaseId, entry.port]),
      [[leaseId, lease.port]],
    );
    recordText(JSON.stringify(listed), "grpcurl-list");
    const renewed = await call<{ lease: { ttl: string } }>(`${leaseService}/RenewLease`, {
      leaseId,
      holderKey,
      ttl: "90s",
    });
    assert.equal(renewed.lease.ttl, "90s");
    const released = await call(`${leaseService}/ReleaseLease`, { leaseId, holderKey });
    assert.deepEqual(released, { quarantine: "3600s" });
    assert.equal((await call<Listed>(`${leaseService}/ListLeases`)).leases, undefined);
  });

  it("prints error details by the names of their fields", async () => {
    await acquire({});
    const full = await run([`${leaseService}/AcquireLease`], {});
    assert.notEqual(full.exitCode, 0);
    for (const part of [
      /Code: ResourceExhausted/,
      /"@type": "type\.googleapis\.com\/google\.rpc\.ErrorInfo"/,
      /"reason": "POOL_FULL"/,
      /"domain": "portlease"/,
      /"subject": "pool:default"/,
      /"retryDelay": "\d+(?:\.\d+)?s"/,
    ]) {
      assert.match(full.stderr, part);
    }
    const waited = await run([`${leaseService}/AcquireLease`], { maxWait: "0.1s" });
    assert.match(waited.stderr, /"reason": "POOL_FULL"/);
    assert.match(waited.stderr, /"waited_ms": "\d+"/);
    const badTtl = await run([`${leaseService}/AcquireLease`], { ttl: "1s" });
    assert.match(badTtl.stderr, /"field": "ttl"/);
  });

  it("takes {} and nothing at all for every read", async () => {
    for (const method of [
      `${adminService}/GetBroker`,
      `${adminService}/ListPools`,
      `${adminService}/ListBlocks`,
      `${leaseService}/ListLeases`,
      "grpc.health.v1.Health/Check",
      "grpc.health.v1.Health/List",
    ]) {
      const empty = await call<object>(method, {});
      assert.deepEqual(Object.keys(await call<object>(method)), Object.keys(empty), method);
    }
  });

  it("shows the health, overall and of each service", async () => {
    for (const service of ["", leaseService, adminService]) {
      assert.deepEqual(await call("grpc.health.v1.Health/Check", { service }), {
        status: "SERVING",
      });
    }
    const unknown = await run(["grpc.health.v1.Health/Check"], { service: "nothing" });
    assert.match(unknown.stderr, /Code: NotFound/);
  });

  it("gets every enum and field of the JSON by name, and 64-bit numbers as text", async () => {
    const { blocks } = await call<{ readonly blocks: readonly Record<string, unknown>[] }>(
      `${adminService}/ListBlocks`,
    );
    assert.deepEqual(
      [blocks[0]?.["protocol"], blocks[0]?.["state"]],
      ["PROTOCOL_TCP", "STATE_ACTIVE"],
    );
    const { revision } = await call<{ readonly revision: unknown }>(`${adminService}/GetBroker`);
    assert.match(String(revision), /^\d+$/);
    assert.equal(typeof revision, "string");
  });

  for (const version of ["v1", "v1alpha"] as const) {
    it(`would find the same by reflection ${version}`, async () => {
      const { services, file } = await reflect(broker.address, version);
      assert.ok(services.includes(leaseService) && services.includes(adminService));
      assert.ok(file.includes("Leases one port, or a run of consecutive ports"), "the comments");
    });
  }
});

/** Names of the services, and the file that has LeaseService, as one client of this version of reflection gets them. */
async function reflect(
  address: string,
  version: "v1" | "v1alpha",
): Promise<{ readonly services: readonly string[]; readonly file: Buffer }> {
  const reflectionPackage = createRequire(import.meta.url).resolve("@grpc/reflection/package.json");
  const protoDirectory = join(dirname(reflectionPackage), "build", "proto");
  const definition = loadSync(`grpc/reflection/${version}/reflection.proto`, {
    includeDirs: [protoDirectory],
    oneofs: true,
  });
  const loaded = loadPackageDefinition(definition) as unknown as {
    readonly grpc: { readonly reflection: Readonly<Record<string, Reflection>> };
  };
  const reflection = loaded.grpc.reflection[version];
  assert.ok(reflection !== undefined);
  const client = new reflection.ServerReflection(address, credentials.createInsecure());
  const stream = client.serverReflectionInfo();
  try {
    const listed = await ask(stream, { listServices: "*" });
    const found = await ask(stream, { fileContainingSymbol: leaseService });
    const services = listed.listServicesResponse?.service.map(({ name }) => name) ?? [];
    return {
      services,
      file: Buffer.concat(found.fileDescriptorResponse?.fileDescriptorProto ?? []),
    };
  } finally {
    stream.end();
    client.close();
  }
}

interface ReflectionAnswer {
  readonly listServicesResponse?: { readonly service: readonly { readonly name: string }[] };
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly Buffer[] };
}

interface Reflection {
  readonly ServerReflection: new (
    address: string,
    channelCredentials: ReturnType<typeof credentials.createInsecure>,
  ) => Client & { serverReflectionInfo(): ClientDuplexStream<object, ReflectionAnswer> };
}

function ask(
  stream: ClientDuplexStream<object, ReflectionAnswer>,
  request: object,
): Promise<ReflectionAnswer> {
  return new Promise((resolve, reject) => {
    stream.once("data", resolve);
    stream.once("error", reject);
    stream.write(request);
  });
}

// Every request message of the API with arbitrary values, 100,000 calls and more, against a real broker. requests.deep.test.ts
// runs this file in a network namespace: blocks are reserved anywhere.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Metadata } from "@grpc/grpc-js";
import {
  loadFileDescriptorSetFromBuffer,
  type PackageDefinition,
  type ServiceDefinition,
} from "@grpc/proto-loader";
import * as fc from "fast-check";
import { BrokerLab } from "../../support/broker-lab.js";
import type { BrokerProcess } from "../../support/broker-process.js";
import { adminTokenIn } from "../../support/lease-caller.js";
import { repositoryRoot } from "../../support/repository.js";
import { noteSecret } from "../../support/test-output.js";
import { MessageArbitraries } from "../support/message-arbitrary.js";
import { isFault, needsReason, RawCaller, type RawMethod } from "../support/raw-caller.js";

const calls = Number(process.env["PORTLEASE_FUZZ_CALLS"] ?? 100_000);
const callsAtOnce = 64;
/** Some calls wait as long as they are told. */
const deadlineMs = 1_000;
const batch = 2_000;

const services = ["portlease.v1.LeaseService", "portlease.v1.AdminService"];

interface Target {
  readonly name: string;
  readonly method: RawMethod;
  readonly messages: fc.Arbitrary<object>;
}

describe("A broker that is sent arbitrary messages", () => {
  let lab: BrokerLab;
  let broker: BrokerProcess;

  before(async () => {
    lab = await BrokerLab.open();
    broker = await lab.start({ poolSize: 64, flags: ["--pool-quarantine", "0"] });
  });

  after(() => lab.close());

  it(`answers ${calls} calls with what the API documents, and goes on serving`, async () => {
    const words = ["", "default", "orders", "1", "lease_id", "service = orders", "no such pool"];
    const targets = targetsOf(definition(), words);
    const caller = new RawCaller(broker.address);
    const seed = Number(process.env["PORTLEASE_TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
    const outcomes = new Map<string, number>();
    const wrong: string[] = [];

    const metadata = new Metadata();
    metadata.set("authorization", `Bearer ${adminTokenIn(broker.adminTokenFile)}`);
    const callOne = async ({ name, method }: Target, message: object): Promise<void> => {
      const { response, failure } = await caller.call(method, message, metadata, deadlineMs);
      const outcome = failure === null ? "OK" : `${failure.codeName} ${failure.reason}`.trim();
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (
        failure !== null &&
        (isFault(failure) || (needsReason(failure) && failure.reason === ""))
      ) {
        wrong.push(`${name} ${JSON.stringify(message, replaceBytes)}: ${failure.message}`);
      }
      if (response !== null && name === "AcquireLease") remember(response, words);
    };

    for (let done = 0; done < calls && wrong.length === 0; done += batch) {
      const queue = sampleCalls(targets, Math.min(batch, calls - done), seed + done);
      const workers = Array.from({ length: callsAtOnce }, async () => {
        for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
          await callOne(next.target, next.message);
        }
      });
      await Promise.all(workers);
    }
    caller.close();
    for (const [outcome, count] of [...outcomes].toSorted((a, b) => b[1] - a[1])) {
      console.log(`${String(count).padStart(7)} ${outcome}`);
    }
    assert.deepEqual(wrong.slice(0, 3), [], `with PORTLEASE_TEST_SEED=${seed}`);
    assert.ok(broker.running, broker.stderr.slice(-2_000));
    assert.doesNotMatch(broker.stderr, /call failed|answer failed/);
    const honest = lab.caller(broker);
    await honest.list();
    await broker.kill("SIGKILL");
    await lab.restart(broker);
  }).timeout(600_000);
});

function definition(): PackageDefinition {
  const bytes = readFileSync(join(repositoryRoot, "src", "gen", "descriptor.binpb"));
  return loadFileDescriptorSetFromBuffer(bytes, { longs: String, keepCase: false });
}

/** Streams are another test's. */
function targetsOf(all: PackageDefinition, words: readonly string[]): readonly Target[] {
  const arbitraries = new MessageArbitraries(all, words);
  return services.flatMap((service) =>
    Object.entries(all[service] as ServiceDefinition)
      .filter(([, { requestStream, responseStream }]) => !requestStream && !responseStream)
      .map(([name, { requestType, ...method }]) => {
        const fullName = `portlease.v1.${name}Request`;
        return {
          name,
          method,
          messages: arbitraries.of(requestType, fullName),
        };
      }),
  );
}

function sampleCalls(
  targets: readonly Target[],
  count: number,
  seed: number,
): { target: Target; message: object }[] {
  const anyCall = fc.oneof(
    ...targets.map((target) => target.messages.map((message) => ({ target, message }))),
  );
  return fc.sample(anyCall, { numRuns: count, seed });
}

/** So that later calls are about leases that exist, with their keys. */
function remember(response: object, words: string[]): void {
  const { lease, holderKey } = response as { lease?: { leaseId?: string }; holderKey?: string };
  if (holderKey === undefined || holderKey === "" || lease?.leaseId === undefined) return;
  noteSecret(holderKey);
  words.push(lease.leaseId, holderKey);
}

function replaceBytes(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? `${value.length} bytes` : value;
}

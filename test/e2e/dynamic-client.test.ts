// A client without generated code, as tools and scripts have it: made by @grpc/proto-loader from the published proto files.

import assert from "node:assert/strict";
import { join } from "node:path";
import { credentials, loadPackageDefinition, type Client, type ServiceError } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { BrokerLab } from "../support/broker-lab.js";
import { repositoryRoot } from "../support/repository.js";
import { noteSecret } from "../support/test-output.js";

type DynamicClient = Client &
  Record<
    string,
    (request: object, done: (error: ServiceError | null, answer: never) => void) => void
  >;

function dynamicClient(address: string): DynamicClient {
  const definition = loadSync("portlease/v1/lease_service.proto", {
    includeDirs: [join(repositoryRoot, "proto")],
    longs: String,
    enums: String,
    defaults: true,
  });
  const loaded = loadPackageDefinition(definition) as unknown as {
    portlease: { v1: { LeaseService: new (address: string, c: unknown) => DynamicClient } };
  };
  return new loaded.portlease.v1.LeaseService(address, credentials.createInsecure());
}

function call<T>(client: DynamicClient, method: string, request: object): Promise<T> {
  return new Promise((resolve, reject) => {
    client[method]?.(request, (error, answer) =>
      error === null ? resolve(answer) : reject(error),
    );
  });
}

describe("a client made from the proto files alone", () => {
  let lab: BrokerLab;
  let client: DynamicClient;

  before(async () => {
    lab = await BrokerLab.open();
    client = dynamicClient((await lab.start()).address);
  });

  after(async () => {
    client.close();
    await lab.close();
  });

  it("acquires, lists and releases", async () => {
    interface Answer {
      readonly lease: {
        readonly leaseId: string;
        readonly port: number;
        readonly generation: string;
      };
      readonly holderKey: string;
    }
    const { lease, holderKey } = await call<Answer>(client, "acquireLease", {
      holder: { service: "orders" },
    });
    noteSecret(holderKey);
    assert.match(lease.generation, /^\d+$/);
    const { leases } = await call<{ leases: Answer["lease"][] }>(client, "listLeases", {});
    assert.deepEqual(
      leases.map(({ leaseId }) => leaseId),
      [lease.leaseId],
    );
    await call(client, "releaseLease", { leaseId: lease.leaseId, holderKey });
    const after = await call<{ leases: unknown[] }>(client, "listLeases", {});
    assert.deepEqual(after.leases, []);
  });
});

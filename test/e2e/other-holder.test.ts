// A lease belongs to who has its holder key: neither another holder nor an operator renews, releases or takes it without that.

import assert from "node:assert/strict";
import { credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import {
  AcquireLeaseRequest,
  type AcquireLeaseResponse,
  LeaseServiceClient,
  SessionRequest,
  type SessionResponse,
  TransferSocketRequest,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { AccessFiles } from "../support/access-lab.js";
import { tokenOf } from "../support/access-matrix.js";
import { failureOfStatus, toRpcFailure } from "../support/rpc-failure.js";
import { startTestBroker, type TestBroker } from "../support/running-broker.js";
import { temporaryDirectories } from "../support/temporary-directory.js";
import { noteSecret } from "../support/test-output.js";

type Callback = (error: ServiceError | null) => void;

const mismatch = "PERMISSION_DENIED HOLDER_KEY_MISMATCH";

describe("a lease of one holder", () => {
  const newDirectory = temporaryDirectories();
  let broker: TestBroker;
  let client: LeaseServiceClient;
  let own: AcquireLeaseResponse;

  const as = (name: keyof typeof tokenOf): Metadata => {
    const metadata = new Metadata();
    metadata.set("authorization", `Bearer ${tokenOf[name]}`);
    return metadata;
  };

  const outcome = (call: (callback: Callback) => unknown): Promise<string> =>
    new Promise((resolve) => {
      call((error) => {
        if (error === null) return resolve("OK");
        const { codeName, reason } = toRpcFailure(error);
        resolve(`${codeName} ${reason}`);
      });
    });

  function acquireAs(name: keyof typeof tokenOf): Promise<AcquireLeaseResponse> {
    const request = AcquireLeaseRequest.fromPartial({});
    return new Promise((resolve, reject) => {
      client.acquireLease(request, as(name), (error, answer) => {
        if (error !== null) return reject(error);
        noteSecret(answer.holderKey);
        resolve(answer);
      });
    });
  }

  before(async () => {
    const files = new AccessFiles(newDirectory());
    const tokens = (["holder", "other holder", "admin"] as const).map((name) =>
      files.token(name.replace(" ", "-"), name === "admin" ? "admin" : "holder", tokenOf[name]),
    );
    broker = await startTestBroker({}, { requireToken: true, tokens });
    client = new LeaseServiceClient(broker.address, credentials.createInsecure());
    own = await acquireAs("holder");
  });

  after(async () => {
    client.close();
    await broker.dispose();
  });

  /** What comes of each call on the lease, with this key. */
  async function callsWith(name: keyof typeof tokenOf, holderKey: string) {
    const leaseId = own.lease?.leaseId ?? "";
    const place = TransferSocketRequest.fromPartial({
      leaseId,
      holderKey,
      processId: process.pid,
    });
    const [renewal, metadata] = [{ leaseId, holderKey, ttl: undefined }, as(name)];
    return {
      transfer: await outcome((callback) => client.transferSocket(place, metadata, callback)),
      renew: await outcome((callback) => client.renewLease(renewal, metadata, callback)),
      release: await outcome((callback) =>
        client.releaseLease({ leaseId, holderKey, allowMissing: false }, metadata, callback),
      ),
      session: await onSession(metadata, leaseId, holderKey),
    };
  }

  /** What a session answers to a renewal and to a release. */
  async function onSession(metadata: Metadata, leaseId: string, holderKey: string) {
    const session = client.session(metadata);
    const answers = new Promise<readonly SessionResponse[]>((resolve, reject) => {
      const seen: SessionResponse[] = [];
      session.on("data", (message: SessionResponse) => {
        if (seen.push(message) === 2) resolve(seen);
      });
      session.on("error", reject);
    });
    const renewLeases = { leases: [{ leaseId, holderKey }] };
    const releaseLease = { leaseId, holderKey };
    for (const [index, request] of [
      { $case: "renewLeases" as const, value: renewLeases },
      { $case: "releaseLease" as const, value: releaseLease },
    ].entries()) {
      session.write(SessionRequest.fromPartial({ requestNumber: BigInt(index + 1), request }));
    }
    const seen = await answers;
    session.end();
    return seen.map(({ response }) => {
      if (response?.$case === "error") return reasonOf(response.value);
      if (response?.$case !== "renewLeases") return response?.$case;
      const [renewal] = response.value.leases;
      return renewal?.error === undefined ? "renewed" : reasonOf(renewal.error);
    });
  }

  const reasonOf = (status: Parameters<typeof failureOfStatus>[0]): string => {
    const { codeName, reason } = failureOfStatus(status);
    return `${codeName} ${reason}`;
  };

  for (const name of ["other holder", "admin", "holder"] as const) {
    it(`is not renewed, released or taken by ${name} with the key of another lease`, async () => {
      const { holderKey } = await acquireAs(name);
      assert.deepEqual(await callsWith(name, holderKey), {
        transfer: mismatch,
        renew: mismatch,
        release: mismatch,
        session: [mismatch, mismatch],
      });
    });
  }

  it("is its holder's own still, after all that", async () => {
    const { leaseId = "" } = own.lease ?? {};
    const renewal = { leaseId, holderKey: own.holderKey, ttl: undefined };
    assert.equal(await outcome((done) => client.renewLease(renewal, as("holder"), done)), "OK");
  });
});

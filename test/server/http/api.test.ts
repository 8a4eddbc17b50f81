// The API by HTTP, as a whole broker serves it: unary calls in JSON and in protobuf, and streams of server-sent events.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { GetBrokerResponse } from "@portlease/proto/portlease/v1/admin_service.js";
import { type ConnectErrorBody, HttpCaller } from "../../support/http-caller.js";
import { startTestBroker, type TestBroker } from "../../support/running-broker.js";
import { noteSecret } from "../../support/test-output.js";

interface Lease {
  readonly leaseId: string;
  readonly ttl: string;
  readonly revision: string;
  readonly state: string;
}

describe("the API by HTTP", () => {
  let broker: TestBroker;
  let caller: HttpCaller;

  before(async () => {
    broker = await startTestBroker();
    caller = new HttpCaller(broker.httpAddress ?? assert.fail("it serves no HTTP"));
  });

  after(() => broker.dispose());

  async function acquire(
    labels: Record<string, string> = {},
  ): Promise<{ lease: Lease; holderKey: string }> {
    const { status, text } = await caller.call("LeaseService/AcquireLease", {
      holder: { service: "orders", labels },
      ttl: "30s",
    });
    assert.equal(status, 200, text);
    const answer = JSON.parse(text) as { lease: Lease; holderKey: string };
    noteSecret(answer.holderKey);
    return answer;
  }

  it("answers in proto3 JSON: durations, numbers of 64 bits and enums as texts, and zeros written", async () => {
    const { lease } = await acquire();
    assert.equal(lease.ttl, "30s");
    assert.match(lease.revision, /^\d+$/);
    assert.equal(lease.state, "STATE_ACTIVE");
    const { text } = await caller.call("AdminService/GetBroker");
    const told = JSON.parse(text) as Record<string, unknown>;
    assert.equal(told["waitingRequests"], 0);
    assert.deepEqual(told["problems"], []);
    assert.equal(told["dashboardUrl"], `http://${broker.httpAddress}/`);
    assert.deepEqual(told["addresses"], broker.addresses);
  });

  it("answers Connect's own clients in protobuf", async () => {
    const path = "/portlease.v1.AdminService/GetBroker";
    const { headers, body } = await caller.send("POST", path, {
      "content-type": "application/proto",
      "connect-protocol-version": "1",
    });
    assert.equal(headers["content-type"], "application/proto");
    assert.equal(GetBrokerResponse.decode(body).host, broker.host);
  });

  it("takes a lease to its end", async () => {
    const { lease, holderKey } = await acquire();
    const { leaseId } = lease;
    const renewed = await caller.call("LeaseService/RenewLease", { leaseId, holderKey });
    assert.equal(renewed.status, 200, renewed.text);
    const released = await caller.call("LeaseService/ReleaseLease", { leaseId, holderKey });
    assert.equal(released.status, 200, released.text);
    const { status, text } = await caller.call("LeaseService/GetLease", { lease_id: leaseId });
    assert.equal(status, 404);
    const error = JSON.parse(text) as ConnectErrorBody;
    assert.equal(error.code, "not_found");
    assert.equal(error.details?.[0]?.type, "google.rpc.ErrorInfo");
    assert.equal(error.details?.[0]?.debug?.reason, "LEASE_NOT_FOUND");
    assert.doesNotMatch(error.details?.[0]?.value ?? "=", /=/);
  });

  it("asks for the same roles as by gRPC, and writes down what operators do", async () => {
    const reserve = { portCount: 2, validateOnly: true };
    const refused = await caller.call("AdminService/ReserveBlock", reserve);
    assert.equal(refused.status, 403);
    assert.match(refused.text, /ROLE_MISSING/);
    const token = readFileSync(broker.adminTokenFile, "utf8").trim();
    const authorization = `Bearer ${token}`;
    const allowed = await caller.call("AdminService/ReserveBlock", reserve, { authorization });
    assert.equal(allowed.status, 200, allowed.text);
    assert.match(broker.logged(), /"an operator called".*"method":"ReserveBlock"/);
  });

  it("refuses a wrong token as such, and two of them", async () => {
    const wrong = await caller.call("AdminService/GetBroker", {}, { authorization: "Bearer x" });
    assert.equal(wrong.status, 401);
    assert.equal(wrong.headers["www-authenticate"], "Bearer");
    const path = "/portlease.v1.AdminService/GetBroker";
    const two = { "content-type": "application/json", authorization: ["Bearer x", "Bearer y"] };
    assert.equal((await caller.send("POST", path, two, "{}")).status, 401);
  });

  it("compresses long answers where that is taken", async () => {
    const labels = Object.fromEntries(
      Array.from({ length: 32 }, (_, n) => [`k${n}`, "v".repeat(250)]),
    );
    await acquire(labels);
    await acquire(labels);
    const accept = { "accept-encoding": "gzip" };
    const short = await caller.call("AdminService/GetBroker", {}, accept);
    assert.equal(short.headers["content-encoding"], undefined);
    const long = await caller.call("LeaseService/ListLeases", {}, accept);
    assert.equal(long.headers["content-encoding"], "gzip");
    const plain = await caller.call("LeaseService/ListLeases");
    assert.equal(plain.headers["content-encoding"], undefined);
    const [packed, whole] = [gunzipSync(long.body).toString(), plain.text].map(
      (text) => (JSON.parse(text) as { leases: unknown[] }).leases.length,
    );
    assert.equal(packed, whole);
  });

  it("streams what is watched, one message an event", async () => {
    const events = await caller.stream("LeaseService/WatchLeases");
    assert.equal(events.status, 200);
    assert.equal(events.response.headers["content-type"], "text/event-stream; charset=utf-8");
    const first = await events.next();
    assert.ok(first !== null && "snapshot" in (first.data as object));
    const { lease } = await acquire();
    const told = JSON.stringify((await events.next())?.data);
    assert.ok(told.includes(lease.leaseId), told);
    events.close();
  });

  it("ends a stream that has an end with an event", async () => {
    const authorization = `Bearer ${readFileSync(broker.adminTokenFile, "utf8").trim()}`;
    const events = await caller.stream("AdminService/ExportState", {}, { authorization });
    const names: string[] = [];
    for (let event = await events.next(); event !== null; event = await events.next()) {
      names.push(event.event);
    }
    assert.equal(names.pop(), "end");
    assert.ok(names.length > 1 && names.every((name) => name === "message"));
  });

  it("refuses a stream before it begins with a status, and later with an event", async () => {
    const refused = await caller.stream("AdminService/ExportState");
    assert.equal(refused.status, 403);
    assert.match(await refused.text(), /"permission_denied"/);
    const startRevision = String(broker.revision + 1_000_000);
    const ahead = await caller.stream("LeaseService/WatchLeases", { startRevision });
    assert.equal(ahead.status, 200);
    const event = await ahead.next();
    assert.ok(event?.event === "error");
    assert.equal((event.data as ConnectErrorBody).code, "out_of_range");
    assert.equal(await ahead.next(), null);
  });

  it("says what needs gRPC", async () => {
    const { status, text } = await caller.call("LeaseService/Session");
    assert.equal(status, 501);
    assert.match(text, /gRPC/);
  });
});

// AuditPorts over real gRPC, on an imaginary host.

import assert from "node:assert/strict";
import { NativeError } from "@portlease/native";
import {
  AuditPortsRequest,
  type AuditPortsResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { Binding, Protocol } from "@portlease/proto/portlease/v1/common.js";
import {
  firstPort,
  type ImaginaryBroker,
  startImaginaryBroker,
} from "../support/imaginary-broker.js";
import { unary } from "../support/lease-caller.js";
import { failureOf } from "../support/rpc-failure.js";

describe("AuditPorts", () => {
  let imaginary: ImaginaryBroker;

  beforeEach(async () => {
    imaginary = await startImaginaryBroker({ kind: "held" });
  });

  afterEach(() => imaginary.stop());

  function audit(pool = ""): Promise<AuditPortsResponse> {
    const { adminClient } = imaginary.caller;
    return unary(adminClient.auditPorts.bind(adminClient), AuditPortsRequest.fromPartial({ pool }));
  }

  it("answers for {} with counts, and with a finding for what does not agree", async () => {
    const { host, caller, clock } = imaginary;
    const { port } = await caller.acquire({});
    assert.deepEqual(await audit(), { findings: [], leasedPorts: 1, boundPorts: 0 });
    host.openSocket({ port, sharesPort: true });
    host.openSocket({ port: firstPort + 5, sharesPort: true, processId: 99, processName: "nginx" });
    clock.advance(1_000);
    const { findings, boundPorts } = await audit("default");
    assert.equal(boundPorts, 1);
    const [{ message, ...finding } = assert.fail(), ...more] = findings;
    assert.deepEqual(finding, {
      port: firstPort + 5,
      protocol: Protocol.PROTOCOL_TCP,
      binding: Binding.BINDING_STRANGER,
      leaseId: "",
      processId: 99,
      processName: "nginx",
    });
    assert.match(message, /nobody leases the port, and process 99 \(nginx\) is bound to it/);
    assert.deepEqual(more, []);
  });

  it("refuses a pool that does not exist", async () => {
    const failure = await failureOf(audit("nothing"));
    assert.equal(`${failure.codeName} ${failure.reason}`, "NOT_FOUND POOL_NOT_FOUND");
  });

  it("fails with the operating system's reason when the tables cannot be read, and works again", async () => {
    imaginary.host.failNext("observeSockets", new NativeError("OS_ERROR", "there are no tables"));
    assert.match((await failureOf(audit())).text, /there are no tables/);
    imaginary.clock.advance(1_000);
    assert.deepEqual((await audit()).findings, []);
  });
});

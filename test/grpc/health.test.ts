// grpc.health.v1: which services say NOT_SERVING when nothing can be granted, and which go on.

import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { credentials, Server, ServerCredentials, status } from "@grpc/grpc-js";
import {
  HealthCheckResponse_ServingStatus as ServingStatus,
  HealthClient,
  type HealthServer,
} from "@portlease/proto/grpc/health/v1/health.js";
import { brokerHealth, Health } from "#server/grpc/health.js";
import { eventually } from "../support/eventually.js";
import { LeaseCaller } from "../support/lease-caller.js";

describe("Health", () => {
  let health: Health;
  let server: Server;
  let caller: LeaseCaller;
  let client: HealthClient;

  beforeEach(async () => {
    health = new Health(brokerHealth);
    server = new Server();
    health.addToServer(server);
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      ),
    );
    caller = new LeaseCaller(`127.0.0.1:${port}`);
    client = new HealthClient(`127.0.0.1:${port}`, credentials.createInsecure());
  });

  afterEach(() => {
    caller.close();
    client.close();
    server.forceShutdown();
  });

  const readOnly = "the broker is read-only";

  async function states(): Promise<readonly string[]> {
    const services = ["", "portlease.v1.LeaseService", "portlease.v1.AdminService"];
    return Promise.all(services.map((service) => caller.health(service)));
  }

  const allServing = ["SERVING", "SERVING", "SERVING"];
  const noGrants = ["NOT_SERVING", "NOT_SERVING", "SERVING"];

  it("says that grants are impossible while the store cannot write, and that reads go on", async () => {
    assert.deepEqual(await states(), allServing);
    health.setObstacle(readOnly);
    assert.deepEqual(await states(), noGrants);
    health.setObstacle(null);
    assert.deepEqual(await states(), allServing);
  });

  it("stays so once the broker is stopping, whatever the store does meanwhile", async () => {
    health.setObstacle(readOnly);
    health.setStopping("the broker is stopping");
    health.setObstacle(null);
    assert.deepEqual(await states(), noGrants);
  });

  it("refuses to check a service that it does not know", async () => {
    const error = await new Promise<{ code?: number } | null>((resolve) => {
      client.check({ service: "no.such.Service" }, resolve);
    });
    assert.equal(error?.code, status.NOT_FOUND);
  });

  it("lists the states of all services", async () => {
    health.setObstacle(readOnly);
    const listed = await new Promise((resolve) => {
      client.list({}, (_error, response) => resolve(response.statuses));
    });
    assert.deepEqual(listed, {
      "": { status: ServingStatus.NOT_SERVING },
      "portlease.v1.LeaseService": { status: ServingStatus.NOT_SERVING },
      "portlease.v1.AdminService": { status: ServingStatus.SERVING },
    });
  });

  it("tells whoever watches a service its state, and each change of it, once", async () => {
    const watched = watch("portlease.v1.LeaseService");
    const lasting = watch("portlease.v1.AdminService");
    await eventually("both are told", () => watched.length + lasting.length === 2);
    health.setObstacle(readOnly);
    health.setObstacle("another thing");
    health.setObstacle(null);
    await eventually("both changes are told", () => watched.length >= 3);
    assert.deepEqual(watched, [
      ServingStatus.SERVING,
      ServingStatus.NOT_SERVING,
      ServingStatus.SERVING,
    ]);
    assert.deepEqual(lasting, [ServingStatus.SERVING]);
  });

  it("tells a watch of a service that it does not know so, and nothing of what changes", async () => {
    const watched = watch("no.such.Service");
    await eventually("it is told", () => watched.length > 0);
    assert.deepEqual(watched, [ServingStatus.SERVICE_UNKNOWN]);
    const whole = watch("");
    await eventually("the other is told", () => whole.length === 1);
    health.setObstacle(readOnly);
    await eventually("the other is told the change", () => whole.length === 2);
    assert.deepEqual(watched, [ServingStatus.SERVICE_UNKNOWN]);
  });

  it("tells a watch nothing more once its caller has gone away", () => {
    let serve: HealthServer["watch"] = () => assert.fail("nothing is served");
    const services = { addService: (_: unknown, served: HealthServer) => (serve = served.watch) };
    health.addToServer(services as unknown as Server);
    const told: unknown[] = [];
    const write = (response: unknown): void => void told.push(response);
    const call = Object.assign(new EventEmitter(), { request: { service: "" }, write });
    serve(call as unknown as Parameters<HealthServer["watch"]>[0]);
    call.emit("cancelled");
    health.setObstacle(readOnly);
    assert.deepEqual(told, [{ status: ServingStatus.SERVING }]);
  });

  /** What it is told, from now on. */
  function watch(service: string): readonly ServingStatus[] {
    const told: ServingStatus[] = [];
    const call = client.watch({ service });
    // The server ends it when the test does.
    call.on("error", () => undefined);
    call.on("data", (response: { status: ServingStatus }) => told.push(response.status));
    return told;
  }
});

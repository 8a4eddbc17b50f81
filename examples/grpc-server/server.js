// A grpc-js server on a leased port. It stops in order when it is told to end, and when its lease is lost.

import { fileURLToPath } from "node:url";
import { loadPackageDefinition, Server } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { LeaseClient } from "@portlease/client";

const proto = fileURLToPath(new URL("hello.proto", import.meta.url));
const { HelloService } = loadPackageDefinition(loadSync(proto)).example.hello.v1;

const grpcServer = new Server();
grpcServer.addService(HelloService.service, {
  sayHello: ({ request }, answer) => answer(null, { greeting: `hello ${request.name}` }),
});

const client = new LeaseClient();
const lease = await client.acquire({ service: "hello", instance: "1" });
const listener = await lease.listenGrpc(grpcServer);
console.log(`gRPC on port ${listener.port}`);

async function stop() {
  await listener.close(); // open calls may finish
  await client.close(); // then the port is given back
}

process.once("SIGTERM", () => void stop());
process.once("SIGINT", () => void stop());
lease.on("lost", ({ reason }) => {
  console.error(`port ${lease.port} is lost: ${reason}`);
  process.exitCode = 1;
  void stop();
});

// The examples that need only Node: each starts by the commands of its README, prints what that says, serves, and ends.

import assert from "node:assert/strict";
import { join } from "node:path";
import { credentials, loadPackageDefinition, type Client, type ServiceError } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type { App } from "../clients/ts/support/register-lab.js";
import { eventually } from "../support/eventually.js";
import { ExampleLab } from "./support/example-lab.js";
import { examplesFolder, readmeOf } from "./support/example-readme.js";

/** Fastify listens on localhost, whichever address that is. */
const get = async (port: number): Promise<string> =>
  (await fetch(`http://localhost:${port}/`, { headers: { connection: "close" } })).text();

const portIn = ([line]: RegExpExecArray): number => Number(/\d+$/.exec(line)?.[0]);

describe("the examples for Node", function () {
  if (process.platform === "win32") {
    it("are started by a shell: run these tests on Linux");
    return;
  }
  this.timeout(120_000);
  let lab: ExampleLab;

  before(async () => (lab = await ExampleLab.open()));
  afterEach(() => lab.endAll());
  after(() => lab.close());

  async function endsInOrder(app: App, end: number | NodeJS.Signals): Promise<void> {
    assert.equal(await app.kill("SIGTERM"), end, app.stderr);
    assert.equal(app.stderr, "");
    assert.deepEqual(await lab.leasedPorts(), []);
  }

  const { commands, output } = readmeOf("express-fastify");
  for (const [index, command] of commands.entries()) {
    it(`express-fastify: ${command} serves on a leased port`, async () => {
      const app = lab.start("express-fastify", command);
      const port = portIn(await app.printed(output[index] ?? /never/));
      assert.deepEqual(await lab.leasedPorts(), [port]);
      assert.match(
        await get(port),
        index === 0 ? /^hello from Express$/m : /^hello from Fastify$/m,
      );
      await endsInOrder(app, "SIGTERM");
    });
  }

  it("grpc-server serves its service on a leased port", async () => {
    const readme = readmeOf("grpc-server");
    const app = lab.start("grpc-server", readme.commands[0] ?? "");
    const port = portIn(await app.printed(readme.output[0] ?? /never/));
    assert.deepEqual(await lab.leasedPorts(), [port]);
    assert.equal(await greeting(port, "Ada"), "hello Ada");
    await endsInOrder(app, 0);
  });

  it("worker-pool replaces a worker that dies, on the same port, and refuses nobody meanwhile", async () => {
    const readme = readmeOf("worker-pool");
    const app = lab.start("worker-pool", readme.commands[0] ?? "");
    await eventually("three workers", () => app.stdout.match(/serves on/g)?.length === 3);
    const ports = await lab.leasedPorts();
    const [victim = 0, ...others] = await Promise.all(ports.map(workerOn));
    const [port = 0] = ports;
    assert.deepEqual([ports.length, new Set([victim, ...others]).size], [3, 3]);

    process.kill(victim, "SIGKILL");
    await app.printed(new RegExp(`worker on port ${port} ended \\(SIGKILL\\) and is replaced`));
    // Nobody serves it at this moment; the connection waits.
    assert.ok(![victim, ...others].includes(await workerOn(port)));
    assert.deepEqual(await Promise.all(ports.slice(1).map(workerOn)), others);
    for (const line of readme.output) assert.match(app.stdout, line);
    await endsInOrder(app, 0);
  });
});

async function workerOn(port: number): Promise<number> {
  return Number(/^worker (\d+)$/m.exec(await get(port))?.[1]);
}

type HelloClient = Client & {
  sayHello(
    request: { readonly name: string },
    done: (error: ServiceError | null, answer: { readonly greeting: string }) => void,
  ): void;
};

function greeting(port: number, name: string): Promise<string> {
  const definition = loadSync(join(examplesFolder, "grpc-server", "hello.proto"));
  const { example } = loadPackageDefinition(definition) as unknown as {
    example: { hello: { v1: { HelloService: new (address: string, c: unknown) => HelloClient } } };
  };
  const client = new example.hello.v1.HelloService(
    `127.0.0.1:${port}`,
    credentials.createInsecure(),
  );
  return new Promise((resolve, reject) => {
    client.sayHello({ name }, (error, answer) => {
      client.close();
      if (error === null) resolve(answer.greeting);
      else reject(error);
    });
  });
}

// The register hook where one program is several processes or threads: Node's cluster, worker threads, `portlease run`.

import assert from "node:assert/strict";
import { cliPath } from "../../support/cli.js";
import { eventually } from "../../support/eventually.js";
import { RegisterLab, withHook } from "./support/register-lab.js";
import { registerApps } from "./support/register-apps.js";

/** Two workers that listen on OPTIONS; the primary tells their ports, who answered eight requests on the first, and disconnects them. */
const clusterApp = `
import cluster from "node:cluster";
import { createServer } from "node:http";
import { once } from "node:events";
if (cluster.isWorker) {
  const server = createServer((request, response) => response.end(String(process.pid)));
  server.listen(JSON.parse(process.env.OPTIONS), () => process.send(server.address().port));
} else {
  const workers = [cluster.fork(), cluster.fork()];
  const ports = (await Promise.all(workers.map((worker) => once(worker, "message")))).map(([port]) => port);
  const answers = new Set();
  for (let asked = 0; asked < 8; asked += 1) {
    const response = await fetch("http://127.0.0.1:" + ports[asked % 2], { headers: { connection: "close" } });
    answers.add(await response.text());
  }
  console.log(JSON.stringify({ ports, answered: answers.size }));
  await once(process.stdin.resume(), "data");
  for (const worker of workers) worker.disconnect();
  console.log("disconnecting");
  process.stdin.pause();
}
`;

const threadsApp = `
import { createServer } from "node:http";
import { isMainThread, Worker } from "node:worker_threads";
const server = createServer((request, response) => response.end("thread"));
server.listen(0, async () => {
  const { port } = server.address();
  const response = await fetch("http://127.0.0.1:" + port, { headers: { connection: "close" } });
  console.log(isMainThread ? "main" : "thread", await response.text(), port);
  server.close();
});
if (isMainThread) for (let thread = 0; thread < 2; thread += 1) new Worker(new URL(import.meta.url));
`;

describe("Under the register hook", function () {
  this.timeout(120_000);
  let lab: RegisterLab;

  before(async function () {
    if (process.platform !== "linux") this.skip();
    lab = await RegisterLab.start();
  });
  afterEach(() => lab?.endApps());
  after(() => lab?.dispose());

  async function runCluster(
    options: object | string | number,
    added: Record<string, string> = {},
  ): Promise<{ readonly ports: readonly number[]; readonly answered: number }> {
    const environment = { OPTIONS: JSON.stringify(options), ...added };
    const app = lab.startApp("cluster.mjs", clusterApp, { environment });
    const [line] = await app.printed(/\{.*\}\n/);
    const { ports } = JSON.parse(line) as { ports: number[] };
    const leased = (await lab.leases()).map((lease) => Number(lease.split(" ")[1]));
    const wanted = [...new Set(ports)].toSorted((one, other) => one - other);
    assert.deepEqual(leased, wanted, "what is leased is what the workers listen on");
    app.child.stdin.write("disconnect\n");
    assert.equal(await app.ended(), 0, app.stderr);
    await eventually("no lease", async () => (await lab.leases()).length === 0);
    return JSON.parse(line) as { ports: number[]; answered: number };
  }

  for (const options of [0, { port: "portlease:shop" }, "portlease:shop"]) {
    it(`cluster workers share one leased port, as without it: listen(${JSON.stringify(options)})`, async () => {
      const { ports, answered } = await runCluster(options);
      assert.equal(new Set(ports).size, 1);
      assert.equal(answered, 2, "both workers answered");
    });
  }

  it("cluster workers lease a port each where they listen by themselves (semantics 29)", async () => {
    const exclusive = await runCluster({ port: 0, exclusive: true });
    assert.equal(new Set(exclusive.ports).size, 2);
    const unshared = await runCluster(0, { NODE_CLUSTER_SCHED_POLICY: "none" });
    assert.equal(new Set(unshared.ports).size, 2);
  });

  it("each worker thread leases for itself, and the process ends when all servers are closed", async () => {
    const app = lab.startApp("threads.mjs", threadsApp);
    assert.equal(await app.ended(), 0, app.stderr);
    const lines = app.stdout.trim().split("\n");
    assert.deepEqual(lines.map((line) => line.replace(/\d+$/, "")).toSorted(), [
      "main thread ",
      "thread thread ",
      "thread thread ",
    ]);
    assert.equal(new Set(lines.map((line) => line.split(" ")[2])).size, 3);
    await eventually("no lease", async () => (await lab.leases()).length === 0);
  });

  it("the port of `portlease run` is served by the socket that came with it", async () => {
    const path = lab.file("under-run.mjs", registerApps["http.mjs"]);
    const args = ["run", "--service", "outer", "--", process.execPath, ...withHook, path];
    const app = lab.startProgram("run", [cliPath, ...args]);
    const port = await app.listening();
    assert.deepEqual(await lab.leases(), [`outer ${port}`]);
    assert.equal(await (await fetch(`http://127.0.0.1:${port}`)).text(), "http.mjs");
    app.child.kill("SIGTERM");
    await app.ended();
    assert.deepEqual(await lab.leases(), []);
  });

  it("the socket of `portlease run` is taken once: its descriptor may be another file when it was closed", async () => {
    const source = `
      import { createServer } from "node:net";
      const listen = (host, then) => {
        const server = createServer().on("error", ({ code, cause }) => then(code + " " + cause.reason));
        server.listen(process.env.PORT, host, () => then("listening", server));
      };
      listen("127.0.0.1", (first, server) => listen("::1", (second) => server.close(() =>
        listen("127.0.0.1", (third) => console.log([first, second, third].join())))));`;
    const path = lab.file("twice-under-run.mjs", source);
    const args = [cliPath, "run", "--", process.execPath, ...withHook, path];
    const app = lab.startProgram("run", args);
    assert.equal(await app.ended(), 0, app.stderr);
    const refused = "EADDRINUSE ALREADY_BOUND";
    assert.equal(app.stdout, `listening,${refused},${refused}\n`);
  });

  it("a program that `portlease run` did not start itself is told so", async () => {
    const path = lab.file("below-run.mjs", registerApps["http.mjs"]);
    const inner = [process.execPath, ...withHook, path].map((word) => `"${word}"`).join(" ");
    const app = lab.startProgram("run", [
      cliPath,
      "run",
      "--",
      "/bin/sh",
      "-c",
      `${inner}; exit 7`,
    ]);
    assert.equal(await app.ended(), 7);
    assert.match(app.stderr, /listen EADDRINUSE.*PASSED_ELSEWHERE/);
  });
});

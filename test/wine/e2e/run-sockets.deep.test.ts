// `portlease run` on Windows: a program that speaks the listenfd protocol takes its sockets, from whatever kind of block, and
// nobody else gets them.

import assert from "node:assert/strict";
import { EndToEndLab } from "../support/end-to-end-lab.js";
import { datagramServedBy } from "../support/served-by.js";
import { describeInWine } from "../support/wine-lab.js";
import type { WineProcess } from "../support/wine-process.js";
import {
  connectionServedBy,
  linesUntil,
  listenfdClient,
  startWineRun,
  type WineRunOptions,
} from "../support/wine-run.js";

const uuid = "11111111-2222-4333-8444-555555555555";

describeInWine("portlease run on Windows, with a program that takes its sockets", function () {
  this.timeout(180_000);

  let lab: EndToEndLab;
  const started: WineProcess[] = [];

  before(async () => {
    lab = await EndToEndLab.open();
    const pools = [];
    for (const kind of ["persistent", "runtime", "administered"] as const) {
      pools.push({ name: kind, kind, start: await lab.take(4), size: 4 });
    }
    const firstOfUdp = await lab.take(4);
    pools.push({
      name: "dns",
      kind: "persistent",
      protocol: "udp",
      start: firstOfUdp,
      size: 4,
    } as const);
    await lab.startBroker(pools);
  });

  after(async () => {
    await Promise.all(started.map((run) => run.kill()));
    await lab.close();
  });

  function start(
    command: readonly string[],
    options: readonly string[],
    environment: WineRunOptions["environment"] = {},
  ): WineProcess {
    const { pool, broker } = lab;
    const run = startWineRun({ pool, address: broker.address, options, command, environment });
    started.push(run);
    return run;
  }

  for (const { kind, rights, elevated } of [
    { kind: "persistent", rights: "with the rights to use a reservation", elevated: true },
    { kind: "persistent", rights: "without rights, through the broker", elevated: false },
    { kind: "runtime", rights: "through the broker, whose reservation it is", elevated: true },
  ] as const) {
    it(`passes it the socket of a ${kind} block ${rights}`, async () => {
      const environment: Record<string, string> = elevated ? {} : { PORTPOOL_NOT_ELEVATED: "1" };
      const run = start(listenfdClient(), ["--pool", kind], environment);
      const [line = ""] = await linesUntil(run, "serving");
      const port = Number(/^tcp (\d+)$/.exec(line)?.[1]);
      assert.ok((await connectionServedBy(port)) > 0);
      const { exitCode, stderr } = await run.exited;
      assert.equal(exitCode, 0, stderr);
      assert.match(stderr, new RegExp(`gets port ${port} `));
    });
  }

  it("passes it several sockets of both protocols in the order of the command line", async () => {
    const leases = ["--lease", "http=pool:persistent", "--lease", "dns=pool:dns,protocol:udp"];
    const run = start(listenfdClient({ clients: 2 }), leases);
    const lines = await linesUntil(run, "serving");
    assert.deepEqual(
      lines.map((line) => line.replace(/\d+/, "N")),
      ["tcp N", "udp N"],
    );
    const [tcp = 0, udp = 0] = lines.map((line) => Number(line.slice("tcp ".length)));
    assert.equal(await connectionServedBy(tcp), await datagramServedBy(udp));
    assert.equal((await run.exited).exitCode, 0);
  });

  it("passes them to a program that the program starts", async () => {
    const through = ["C:\\windows\\system32\\cmd.exe", "/d", "/c"];
    const run = start([...through, ...listenfdClient()], ["--pool", "persistent"]);
    const [line = ""] = await linesUntil(run, "serving");
    assert.ok((await connectionServedBy(Number(line.slice("tcp ".length)))) > 0);
    const { exitCode, stderr } = await run.exited;
    assert.equal(exitCode, 0, stderr);
  });

  it("passes nothing for a wrong secret, and says so", async () => {
    const run = start(listenfdClient({ secret: uuid }), ["--pool", "persistent"]);
    const { exitCode, stdout, stderr } = await run.exited;
    assert.deepEqual([exitCode, stdout.trim()], [3, "nothing"], stderr);
    assert.match(stderr, /no sockets were given to a program that asked for them: its secret is/);
    assert.ok(!stderr.includes(uuid), stderr);
  });

  it("passes nothing for a process that is not the program, and says so", async () => {
    const { processId } = lab.broker.ready;
    const run = start(listenfdClient({ processId }), ["--pool", "persistent"]);
    const { exitCode, stdout, stderr } = await run.exited;
    assert.deepEqual([exitCode, stdout.trim()], [3, "nothing"], stderr);
    assert.match(stderr, new RegExp(`no sockets were given to process ${processId}, which knows`));
  });

  it("keeps the sockets open for the next start of the program", async () => {
    const run = start(listenfdClient(), ["--pool", "persistent", "--restart", "always"]);
    const [line = ""] = await linesUntil(run, "serving");
    const port = Number(line.slice("tcp ".length));
    const first = await connectionServedBy(port);
    // The program has ended, or is about to: either way this connection is not refused.
    const second = await connectionServedBy(port);
    assert.notEqual(first, second);
    await run.kill();
  });

  it("says what to do for a program that never asks", async () => {
    const command = ["C:\\windows\\system32\\cmd.exe", "/d", "/c", "exit 7"];
    const { exitCode, stderr } = await start(command, ["--pool", "runtime"]).exited;
    assert.equal(exitCode, 7);
    assert.match(stderr, /never asked for its sockets.*--proxy.*a pool of kind administered/);
  });

  it("tells it the number alone where any program may bind it, unless sockets are asked for", async () => {
    const asked = ["--pool", "administered"];
    const command = ["C:\\windows\\system32\\cmd.exe", "/d", "/c", "echo %PORT% {port}"];
    const { stdout, stderr } = await start(command, asked).exited;
    assert.match(stdout.trim(), /^(\d+) \1$/, stderr);
    assert.doesNotMatch(stderr, /never asked/);
    const run = start(listenfdClient(), [...asked, "--handover", "sockets"]);
    const [line = ""] = await linesUntil(run, "serving");
    assert.ok((await connectionServedBy(Number(line.slice("tcp ".length)))) > 0);
    assert.equal((await run.exited).exitCode, 0);
  });
});

// The portserver on Windows: a named pipe, a Windows program that asks it as portpicker does, and ports that it binds by number.

import assert from "node:assert/strict";
import { eventually } from "../../support/eventually.js";
import type { LeaseCaller } from "../../support/lease-caller.js";
import { EndToEndLab } from "../support/end-to-end-lab.js";
import { WineBroker } from "../support/wine-broker.js";
import { WineProcess } from "../support/wine-process.js";
import { describeInWine } from "../support/wine-lab.js";

const portCount = 3;
const address = "@portlease-suite";

/** Asks for a port for itself, or for the process with the id that it is given, and binds it; says what came of it. */
const client = `
  const net = require("node:net");
  const socket = net.connect({ path: "\\\\\\\\.\\\\pipe\\\\portlease-suite" });
  let answer = "";
  socket.on("data", (text) => (answer += text)).on("close", () => {
    const port = Number(answer);
    if (port === 0) return console.log(JSON.stringify(answer));
    const server = net.createServer().on("error", (error) => console.log(error.code));
    server.listen({ port, host: "127.0.0.1" }, () => console.log("bound", port));
  });
  socket.write((process.argv[1] ?? process.pid) + "\\n");`;

describeInWine("A portserver on Windows", function () {
  this.timeout(180_000);

  let lab: EndToEndLab;
  let caller: LeaseCaller;
  const programs: WineProcess[] = [];

  before(async () => {
    lab = await EndToEndLab.open();
    const start = await lab.take(portCount);
    const pool = { name: "portserver", kind: "administered", start, size: portCount } as const;
    await lab.startBroker([pool], { settings: { portserver: address } });
    caller = lab.caller();
  });

  after(async () => {
    for (const program of programs) await program.kill();
    await lab.close();
  });

  async function ask(...named: readonly string[]): Promise<{ said: string; program: WineProcess }> {
    const program = new WineProcess({
      name: "portserver-client",
      args: ["-e", client, ...named],
      environment: { ...lab.pool.environment, PORTPOOL_NOT_ELEVATED: "1" },
    });
    programs.push(program);
    return { said: (await program.nextLine()) ?? "", program };
  }

  it("gives programs without rights a port each, which they bind by its number", async () => {
    const [first, second] = await Promise.all([ask(), ask()]);
    assert.match(first.said, /^bound \d+$/);
    assert.match(second.said, /^bound \d+$/);
    assert.notEqual(first.said, second.said);
    const leased = (await caller.list()).map(({ port }) => `bound ${port}`);
    assert.deepEqual(new Set(leased), new Set([first.said, second.said]));
    await first.program.kill();
    await second.program.kill();
    await eventually("the ports are free", async () => (await caller.list()).length === 0, {
      withinMs: 60_000,
    });
  });

  it("says 0 where there is no port, because portpicker takes the end of a pipe for a failure", async () => {
    const { said } = await ask("4000000");
    assert.equal(said, String.raw`"0\n"`);
  });

  it("is refused where the broker may not make such a pool, with what to do", async () => {
    const start = await lab.take(portCount);
    const pool = { name: "portserver", kind: "administered", start, size: portCount } as const;
    const environment = { PORTPOOL_NOT_ELEVATED: "1" };
    const settings = { portserver: "@portlease-other" };
    const flags = ["--listen", "127.0.0.1:0"];
    const options = lab.configure([pool], { settings, environment, flags });
    const dataDirectory = `${lab.dataDirectory}-other`;
    const { exitCode, stderr } = await WineBroker.failToStart({ ...options, dataDirectory });
    assert.notEqual(exitCode, 0);
    assert.match(stderr, /administered.*administrator/is);
  });
});

// `portlease run --proxy` on Windows: a program that knows nothing of portlease serves on a port that nobody can bind by its
// number, through a private port and through a named pipe.

import assert from "node:assert/strict";
import { EndToEndLab } from "../support/end-to-end-lab.js";
import { httpServedBy } from "../support/served-by.js";
import { describeInWine, windowsPath, wineLab } from "../support/wine-lab.js";
import { WineProcess } from "../support/wine-process.js";

/** Says once who it is and what it was told, then serves. One word of the command line: Windows takes quotes apart in its own way. */
const program =
  "require('http').createServer((request,response)=>response.end(String(process.pid)))" +
  ".listen(process.env.PORT,()=>console.log(JSON.stringify({pid:process.pid,port:process.env.PORT,leased:process.env.PORTLEASE_PORT})))";

interface Told {
  readonly pid: number;
  readonly port: string;
  readonly leased: string;
}

describeInWine("portlease run --proxy on Windows", function () {
  this.timeout(180_000);
  let lab: EndToEndLab;

  before(async () => {
    lab = await EndToEndLab.open();
    const start = await lab.take(2);
    await lab.startBroker([{ name: "default", kind: "persistent", start, size: 2 }]);
  });
  after(() => lab.close());

  for (const to of ["port", "{socket}"] as const) {
    it(`serves a plain HTTP server of Windows Node through a private ${to === "port" ? "port" : "named pipe"}`, async () => {
      const where = to === "port" ? [] : ["--proxy-to", to];
      const run = ["run", "--address", lab.broker.address, "--proxy", ...where];
      const proxy = new WineProcess({
        args: ["dist/portlease/main.js", ...run, "--", windowsNode(), "-e", program],
        environment: lab.pool.environment,
        name: "wine-run-proxy",
      });
      try {
        const line = await proxy.nextLine();
        assert.ok(line, proxy.stderr);
        const told = JSON.parse(line) as Told;
        assert.equal(await httpServedBy(Number(told.leased)), told.pid);
        const isPipe = told.port.startsWith("\\\\.\\pipe\\portlease-");
        assert.equal(isPipe, to === "{socket}", told.port);
        assert.notEqual(told.port, told.leased);
      } finally {
        await proxy.kill();
      }
    });
  }
});

function windowsNode(): string {
  const node = wineLab().nodes[20];
  if (node === undefined) throw new Error("the lab has no Windows Node 20");
  return windowsPath(node);
}

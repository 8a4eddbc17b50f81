// `portlease run` on Windows with the other side of the protocol as it is in the world: a program with the Rust crate listenfd.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../support/repository.js";
import { EndToEndLab } from "../support/end-to-end-lab.js";
import { describeInWine, windowsPath } from "../support/wine-lab.js";
import { connectionServedBy, linesUntil, startWineRun } from "../support/wine-run.js";

const program = join(repositoryRoot, ".build", "tools", "bin", "listenfd-program.exe");
const build = "scripts/wine/build-listenfd-crate .build/tools/bin/listenfd-program.exe";

describeInWine("portlease run on Windows, with the Rust crate listenfd", function () {
  this.timeout(180_000);

  let lab: EndToEndLab;

  before(async () => {
    lab = await EndToEndLab.open();
  });
  after(() => lab.close());

  const itWithProgram = existsSync(program)
    ? it
    : (title: string) => it.skip(`${title} (there is no such program; run ${build})`);

  for (const kind of ["persistent", "runtime"] as const) {
    itWithProgram(`passes it the socket of a ${kind} block`, async () => {
      await lab.startBroker([{ name: "default", kind, start: await lab.take(2), size: 2 }]);
      const { pool, broker } = lab;
      const command = [windowsPath(program)];
      const run = startWineRun({ pool, address: broker.address, command });
      const [line = ""] = await linesUntil(run, "serving");
      const port = Number(/^tcp (\d+)$/.exec(line)?.[1]);
      assert.ok((await connectionServedBy(port)) > 0);
      const { exitCode, stderr } = await run.exited;
      assert.equal(exitCode, 0, stderr);
      assert.match(stderr, new RegExp(`gets port ${port} `));
      assert.equal((await broker.stop()).exitCode, 0);
    });
  }
});

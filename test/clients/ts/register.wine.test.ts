// Programs under the register hook on Windows: Node cannot bind a reserved port there by itself, and it must not be asked to.

import assert from "node:assert/strict";
import { askApp } from "./support/ask-app.js";
import { registerApps } from "./support/register-apps.js";
import { RegisterLab } from "./support/register-lab.js";

describe("A program under the register hook on Windows", () => {
  let lab: RegisterLab;

  before(async () => {
    lab = await RegisterLab.start({ start: "any" });
  });
  afterEach(() => lab?.endApps());
  after(() => lab?.dispose());

  for (const name of ["http.mjs", "grpc.cjs", "express.cjs", "fastify.mjs"] as const) {
    it(`serves on a port of a reservation: ${name}`, async () => {
      const app = lab.startApp(name, registerApps[name]);
      const port = await app.listening();
      const { firstPort = 0, lastPort = 0 } = lab.broker.blocks[0] ?? {};
      assert.ok(port >= firstPort && port <= lastPort);
      assert.equal(await askApp(name, port), name);
      assert.ok((await lab.leases()).some((lease) => lease.endsWith(` ${port}`)));
    });
  }
});

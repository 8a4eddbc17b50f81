// The lab from within: a test that runs under Wine sees and changes the machine on which it runs.

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { once } from "node:events";
import { PortPool } from "./support/port-pool.js";

describe("PortPool.ofThisProcess()", () => {
  const pool = PortPool.ofThisProcess();

  afterEach(async () => pool.reset());

  it("lets calls of this process fail", async () => {
    await pool.fail({ api: "bind", error: 10_055, times: 1 });
    const server = createServer();
    server.listen(0, "127.0.0.1");
    const [error] = (await once(server, "error")) as [NodeJS.ErrnoException];
    assert.equal(error.code, "ENOBUFS");
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    server.close();
  });

  it("shows what others reserved", async () => {
    await pool.reserve("tcp", 41_000, 10);
    const [reservation] = await pool.reservations("persistent");
    assert.equal(reservation?.firstPort, 41_000);
  });
});

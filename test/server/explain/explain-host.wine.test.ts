// Ports of a Windows host, explained with the real Win32 implementation on a machine of the lab.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { openHostPorts, readUnprivilegedPortStart } from "@portlease/native";
import { explainPort } from "#server/explain/explain-port.js";
import { gatherPortFacts } from "#server/explain/gather-port-facts.js";
import type { PortExplanation } from "#server/explain/port-facts.js";
import { PortPool } from "../../wine/support/port-pool.js";

/** Reading the socket tables takes seconds under Wine on a busy machine. */
const explainMsMax = 120_000;

describe("Explaining ports of a Windows host", function () {
  this.timeout(explainMsMax);

  const pool = PortPool.ofThisProcess();
  const hostPorts = openHostPorts();

  beforeEach(() => pool.reset());
  after(() => pool.reset());

  async function explain(port: number, protocol: "tcp" | "udp" = "tcp"): Promise<PortExplanation> {
    const sources = { hostPorts, unprivilegedPortStart: readUnprivilegedPortStart };
    return explainPort([await gatherPortFacts(sources, protocol, port, null)]);
  }

  function reasons({ findings }: PortExplanation): readonly string[] {
    return findings.map(({ reason }) => reason);
  }

  it("a free port can be bound, also a low one: Windows knows no privileged ports", async () => {
    for (const port of [30_000, 1_000]) {
      const answer = await explain(port);
      assert.deepEqual([answer.bindable, reasons(answer)], [true, []], answer.summary);
    }
  });

  it("bands of about 100 ports are told as probably Hyper-V's, with WSAEACCES as the cause", async () => {
    await pool.reserve("tcp", 30_000, 100);
    await pool.reserve("tcp", 30_100, 100);
    const answer = await explain(30_150);
    assert.equal(answer.bindable, false);
    assert.deepEqual(reasons(answer), ["EXCLUDED_RANGE_HYPER_V"]);
    assert.equal((await explain(30_150, "udp")).bindable, true);
  });

  it("a range of one port is told as probably that of http.sys", async () => {
    await pool.reserve("tcp", 5_357, 1);
    assert.deepEqual(reasons(await explain(5_357)), ["EXCLUDED_RANGE_HTTP_SYS"]);
  });

  it("an administered exclusion does not prevent a bind", async () => {
    await pool.exclude("tcp", 50_000, 60);
    const answer = await explain(50_010);
    assert.deepEqual([answer.bindable, reasons(answer)], [true, ["ADMINISTERED_RANGE"]]);
  });

  it("a reservation that netsh does not show is told as unknown, and not as nothing", async () => {
    await pool.guess("netsh-shows-persistent", 0);
    await pool.reserve("tcp", 30_000, 10);
    const answer = await explain(30_005);
    assert.equal(answer.bindable, false);
    assert.deepEqual(reasons(answer), ["BIND_REFUSED"]);
    assert.match(answer.summary, /WSAEACCES 10013/);
  });

  it("the dynamic range is that of the host", async () => {
    await pool.setDynamicRange(40_000, 1_000);
    assert.deepEqual(reasons(await explain(40_500)), ["DYNAMIC_RANGE"]);
    assert.deepEqual(reasons(await explain(41_000)), []);
  });

  it("a listener is told, and free again after its end", async () => {
    const server = createServer();
    server.listen(30_001, "127.0.0.1");
    await once(server, "listening");
    const answer = await explain(30_001);
    assert.equal(answer.bindable, false);
    assert.deepEqual(reasons(answer), ["LISTENING"]);
    assert.match(answer.summary, new RegExp(`process ${process.pid} \\(node\\.exe\\) listens`));
    server.close();
    await once(server, "close");
    assert.equal((await explain(30_001)).bindable, true);
  });
});

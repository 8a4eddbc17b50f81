// What becomes of programs under the register hook when their leases are lost: the broker stops for longer than the TTL.

import assert from "node:assert/strict";
import { eventually } from "../../support/eventually.js";
import { askApp } from "./support/ask-app.js";
import { registerApps } from "./support/register-apps.js";
import { RegisterLab, type App } from "./support/register-lab.js";

/** Short, since it is waited for; long enough for renewals on a busy machine. */
const ttlDefaultMs = 2_000;

describe("A lost lease under the register hook", function () {
  this.timeout(120_000);
  let lab: RegisterLab;
  let exiting: App;
  let closing: App;
  let ignoring: App;

  before(async function () {
    if (process.platform !== "linux") this.skip();
    lab = await RegisterLab.start({ ttlDefaultMs });
    exiting = start({ PORTLEASE_ON_LOST: "exit" });
    closing = start({ PORTLEASE_ON_LOST: "close" });
    ignoring = start({});
    for (const app of [exiting, closing, ignoring]) await app.listening();
    await lab.broker.dispose();
  });
  after(() => lab?.dispose());

  const start = (environment: Readonly<Record<string, string>>): App =>
    lab.startApp("http.mjs", registerApps["http.mjs"], { environment });

  it("ends the process with PORTLEASE_ON_LOST=exit", async () => {
    assert.equal(await exiting.ended(), 75);
    assert.match(exiting.stderr, /LEASE LOST: port \d+: .*PORTLEASE_ON_LOST=exit/);
  });

  it("closes its servers with PORTLEASE_ON_LOST=close, which ends a program that has nothing else to do", async () => {
    assert.equal(await closing.ended(), 0);
    assert.match(closing.stderr, /LEASE LOST: port \d+: .*PORTLEASE_ON_LOST=close/);
  });

  it("is only told where nothing else is asked for: a broker that is away ends no service", async () => {
    await eventually("the loss is told", () => /PORTLEASE_ON_LOST=ignore/.test(ignoring.stderr));
    assert.equal(await askApp("http.mjs", await ignoring.listening()), "http.mjs");
    assert.equal(await ignoring.kill("SIGTERM"), "SIGTERM");
  });
});

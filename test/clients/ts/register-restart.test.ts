// A service with a fixed port under the register hook, ended and started again while its port rests between two holders.

import assert from "node:assert/strict";
import { registerApps } from "./support/register-apps.js";
import { RegisterLab } from "./support/register-lab.js";

/** Longer than the test. */
const quarantineMs = 600_000;

describe("A program with a fixed port under the register hook", function () {
  this.timeout(120_000);
  let lab: RegisterLab;
  let environment: Readonly<Record<string, string>>;

  before(async function () {
    if (process.platform !== "linux") this.skip();
    lab = await RegisterLab.start({ quarantineMs });
    const { firstPort = 0 } = lab.broker.blocks[0] ?? {};
    environment = { PORT: String(firstPort + 3) };
  });
  afterEach(() => lab?.endApps());
  after(() => lab?.dispose());

  it("has its port again at once when it is started again", async () => {
    for (let start = 0; start < 2; start += 1) {
      const app = lab.startApp("http.mjs", registerApps["http.mjs"], { environment });
      assert.equal(await app.listening(), Number(environment["PORT"]), app.stderr);
      await app.kill("SIGTERM");
    }
  });

  it("has its port again at once when it closes its server and listens again", async () => {
    const app = lab.startApp(
      "reopens.mjs",
      `import { createServer } from "node:net";
       const server = createServer();
       const { PORT } = process.env;
       server.listen(PORT, () => server.close(() => server.listen(PORT, () => server.close(() => console.log("closed")))));`,
      { environment: { ...environment, PORTLEASE_SERVICE: "reopens", PORT: nextPort() } },
    );
    assert.equal(await app.ended(), 0, app.stderr);
    assert.equal(app.stdout, "closed\n");
  });

  const nextPort = (): string => String(Number(environment["PORT"]) + 1);
});

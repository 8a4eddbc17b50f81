// node scripts/dashboard-image.mjs
//
// Makes docs/images/dashboard.png: the dashboard of a real broker with services that lease, bind, come and go. To be run when the
// dashboard looks different; it needs Chromium (scripts/setup-ci) and takes about a minute, so that there is something to see.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { LeaseClient } from "@portlease/client";
import { buildDashboard } from "./build-dashboard.mjs";
import { buildProgram, programFile } from "./bundle-program.mjs";
import { checkNodeVersion, fail, installIfNeeded, root } from "./prepare.mjs";
import { takePicture } from "./take-picture.mjs";

const output = join(root, "docs", "images", "dashboard.png");
const services = ["orders", "carts", "payments", "search-indexer", "users", "mail"];
const instances = 12;
/** How long services come and go before the picture is taken: the charts have a sample every ten seconds. */
const lifeMs = 70_000;

checkNodeVersion();
installIfNeeded();
if (buildProgram() !== 0) fail("the build failed; see above");
if (buildDashboard() !== 0) fail("the dashboard could not be built; see above");

const dataDirectory = mkdtempSync(join(tmpdir(), "portlease-image-"));
const broker = startBroker();
try {
  const [line] = await once(createInterface({ input: broker.stdout }), "line");
  const { address, httpAddress } = JSON.parse(line);
  const url = `http://${httpAddress}/`;
  await using(address, () => takePicture({ url, ready: "ports leased now", output }));
  console.log(output);
} finally {
  broker.kill("SIGKILL");
  rmSync(dataDirectory, { recursive: true, force: true });
}

function startBroker() {
  const cli = join(root, programFile);
  const at = ["--listen", "127.0.0.1:0", "--data-dir", join(dataDirectory, "data")];
  const pool = ["--pool-size", "256", "--pool-quarantine", "30s"];
  const args = [cli, "serve", ...at, ...pool, "--log-format", "json"];
  return spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
}

/** Keeps services alive that lease and bind, and one in a while that ends, while `work` runs. */
async function using(address, work) {
  const client = new LeaseClient({ address });
  const servers = [];
  try {
    for (let instance = 1; instance <= instances; instance += 1) {
      for (const service of services) {
        const lease = await client.acquire({ service, instance: String(instance) });
        if ((instance * services.length) % 7 === 0) continue;
        const server = createServer((_request, response) => response.end(service));
        await lease.listen(server);
        servers.push(server);
      }
      const guest = await client.acquire({ service: "nightly-report" });
      await pause(lifeMs / instances);
      await guest.release();
    }
    await work();
  } finally {
    for (const server of servers) server.close();
    await client.close();
  }
}

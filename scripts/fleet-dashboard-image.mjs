// node scripts/fleet-dashboard-image.mjs
//
// Makes docs/images/fleet-dashboard.png: the dashboard of a fleet server over simulated hosts, those of the browser suite. To be run
// when the dashboard looks different; it needs Chromium (scripts/setup-ci).
import { join } from "node:path";
import { buildDashboard } from "./build-dashboard.mjs";
import { buildProgram } from "./bundle-program.mjs";
import { checkNodeVersion, fail, installIfNeeded, root } from "./prepare.mjs";
import { takePicture } from "./take-picture.mjs";

const output = join(root, "docs", "images", "fleet-dashboard.png");

checkNodeVersion();
installIfNeeded();
if (buildProgram("tsconfig.json") !== 0) fail("the build failed; see above");
if (buildDashboard() !== 0) fail("the dashboard could not be built; see above");

const tests = join(root, ".build", "test");
const support = join(tests, "clients", "dashboard", "fleet-browser", "support");
const { ServedFleet } = await import(join(support, "served-fleet.js"));
const { SimulatedFleet } = await import(join(tests, "support", "simulated-fleet.js"));

const fleet = await ServedFleet.start();
try {
  const hosts = { hostCount: 360, leasesPerHost: 60, silentShare: 0.015, stoppedShare: 0.01 };
  fleet.tell(new SimulatedFleet({ ...hosts, nowWallMs: Date.now() }));
  await takePicture({
    url: `${fleet.url}#/?group=zone`,
    ready: "grants in the last hour",
    output,
    height: 1_180,
  });
  console.log(output);
} finally {
  await fleet.stop();
}

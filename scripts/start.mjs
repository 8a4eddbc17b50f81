// npm start: from a fresh clone to a running broker. Installs and builds what is missing, then becomes `portlease serve`.
// Arguments are passed on: npm start -- --pool-size 64
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildDashboard } from "./build-dashboard.mjs";
import { checkNodeVersion, compile, fail, installIfNeeded, root } from "./prepare.mjs";

checkNodeVersion();
installIfNeeded();
if (compile("tsconfig.server.json") !== 0) fail("the build failed; see above");
if (buildDashboard() !== 0) fail("the dashboard could not be built; see above");

// In this same process, so that signals reach the broker once and directly.
const cli = join(root, "dist", "clients", "cli", "main.js");
process.argv = [process.argv[0], cli, "serve", ...process.argv.slice(2)];
await import(pathToFileURL(cli).href);

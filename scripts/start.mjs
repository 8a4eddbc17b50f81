// npm start: from a fresh clone to a running broker. Installs and builds what is missing, then becomes `portlease serve`.
// Arguments are passed on: npm start -- --pool-size 64
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildDashboard } from "./build-dashboard.mjs";
import { buildProgram, programFile } from "./bundle-program.mjs";
import { checkNodeVersion, fail, installIfNeeded, root } from "./prepare.mjs";

checkNodeVersion();
installIfNeeded();
if (buildProgram() !== 0) fail("the build failed; see above");
if (buildDashboard() !== 0) fail("the dashboard could not be built; see above");

// In this same process, so that signals reach the broker once and directly.
const cli = join(root, programFile);
process.argv = [process.argv[0], cli, "serve", ...process.argv.slice(2)];
await import(pathToFileURL(cli).href);

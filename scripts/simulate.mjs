// npm run simulate: installs and builds what is missing, then simulates. Arguments are passed on: npm run simulate -- --seeds 1000
import { join } from "node:path";
import { checkNodeVersion, compile, fail, installIfNeeded, root, runNode } from "./prepare.mjs";

checkNodeVersion();
installIfNeeded();
if (compile("tsconfig.json") !== 0) fail("the build failed; see above");
process.exitCode = await runNode([
  "--enable-source-maps",
  join(root, ".build", "test", "simulation", "simulate-main.js"),
  ...process.argv.slice(2),
]);

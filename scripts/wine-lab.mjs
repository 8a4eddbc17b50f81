// npm run wine:setup: makes the Wine lab in .build/wine (docs/wine-lab.md). --stop ends whatever still runs in it.
import { buildProgram } from "./bundle-program.mjs";
import { checkNodeVersion, fail, installIfNeeded } from "./prepare.mjs";
import { lab } from "./wine/lab-paths.mjs";
import { missingRequirements } from "./wine/requirements.mjs";
import { setUpLab } from "./wine/set-up.mjs";
import { stopPrefix } from "./wine/wine-prefix.mjs";

checkNodeVersion();
const missing = missingRequirements();
if (missing.length > 0) fail(`the Wine lab cannot be set up here:\n  ${missing.join("\n  ")}`);

if (process.argv.includes("--stop")) {
  stopPrefix();
} else {
  installIfNeeded();
  if (buildProgram("tsconfig.json") !== 0) fail("the build failed; see above");
  await setUpLab();
  console.log(`the Wine lab is ready in ${lab}; its tests: npm run test:wine`);
}

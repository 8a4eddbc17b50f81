// npm run wine:setup: makes the Wine lab in .build/wine (docs/wine-lab.md). Done again only where something changed.
// --stop ends whatever still runs in the lab's Wine prefix.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkNodeVersion, compile, fail, installIfNeeded } from "./prepare.mjs";
import { refreshAppTree } from "./wine/app-tree.mjs";
import { cSources, compilePrograms } from "./wine/c-programs.mjs";
import { buildForwarder, copyRealDlls, forwarders } from "./wine/forwarder-dll.mjs";
import * as paths from "./wine/lab-paths.mjs";
import { missingRequirements } from "./wine/requirements.mjs";
import { makeIfOutdated } from "./wine/up-to-date.mjs";
import { createPrefix, installNetsh, stopPrefix } from "./wine/wine-prefix.mjs";
import { fetchWindowsNode, windowsNodes } from "./wine/windows-node.mjs";

checkNodeVersion();
const missing = missingRequirements();
if (missing.length > 0) fail(`the Wine lab cannot be set up here:\n  ${missing.join("\n  ")}`);

if (process.argv.includes("--stop")) {
  stopPrefix();
} else {
  installIfNeeded();
  if (compile("tsconfig.json") !== 0) fail("the build failed; see above");
  await setUp();
}

async function setUp() {
  const majors = windowsNodes.map(({ major }) => major);
  for (const node of windowsNodes) await fetchWindowsNode(node);
  await makeIfOutdated("prefix", { words: ["1"], output: join(paths.prefix, "system.reg") }, createPrefix);
  const scripts = ["c-programs.mjs", "forwarder-dll.mjs", "export-table.mjs", "lab-paths.mjs"].map(
    (name) => new URL(`wine/${name}`, import.meta.url).pathname,
  );
  const inputs = {
    files: [...cSources(), ...scripts, ...forwarders.map(({ dll }) => join(paths.wineLibraries(), "x86_64-windows", dll))],
    words: windowsNodes.map(({ version }) => version),
    output: join(paths.programs, "portpool.dll"),
  };
  await makeIfOutdated("programs", inputs, () => {
    compilePrograms();
    for (const forwarder of forwarders) buildForwarder(forwarder);
    copyRealDlls(majors);
    for (const major of majors) {
      for (const dll of ["portpool.dll", ...forwarders.map((each) => each.dll)]) {
        copyFileSync(join(paths.programs, dll), join(paths.nodeFolder(major), dll));
      }
    }
    installNetsh();
  });
  await refreshAppTree();
  describeLab();
  console.log(`the Wine lab is ready in ${paths.lab}`);
}

/** For scripts/wine-node and for tests (test/wine/support/lab.ts), which read paths and environment from here. */
function describeLab() {
  const nodes = Object.fromEntries(
    windowsNodes.map(({ major }) => [major, join(paths.nodeFolder(major), "node.exe")]),
  );
  const lab = {
    environment: paths.wineEnvironment,
    winerun: join(paths.programs, "winerun.exe"),
    portpoolctl: join(paths.programs, "portpoolctl.exe"),
    netsh: join(paths.programs, "netsh.exe"),
    nodes,
    app: paths.app,
  };
  mkdirSync(paths.lab, { recursive: true });
  writeFileSync(paths.description, `${JSON.stringify(lab, null, 2)}\n`);
}

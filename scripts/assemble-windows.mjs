// node scripts/assemble-windows.mjs --output FOLDER [--node FOLDER | --node-version VERSION]
//
// Lays out in an empty folder exactly what the Windows image contains, on any platform, and prints a manifest as JSON. Node
// comes from --node (an unpacked node-vX-win-x64.zip), else from the npm registry at a version whose hash is pinned.
import { parseArgs } from "node:util";
import { checkNodeVersion, fail, installIfNeeded } from "./prepare.mjs";
import { assembleWindows } from "./windows-layout.mjs";
import { defaultNodeVersion, pinnedNodeVersions } from "./windows-node.mjs";

const usage =
  "usage: node scripts/assemble-windows.mjs --output FOLDER [--node FOLDER | --node-version VERSION]";

checkNodeVersion();
const { output, node, version } = readOptions();
installIfNeeded();
try {
  const source = node === undefined ? { version } : { folder: node };
  console.log(JSON.stringify(assembleWindows(output, source), null, 2));
} catch (error) {
  fail(error.message);
}

function readOptions() {
  try {
    const options = {
      output: { type: "string" },
      node: { type: "string" },
      "node-version": { type: "string" },
    };
    const { values } = parseArgs({ options });
    const wanted = values["node-version"];
    if (values.output === undefined) throw new Error("--output is missing");
    if (values.node !== undefined && wanted !== undefined) {
      throw new Error("--node and --node-version exclude each other");
    }
    return { output: values.output, node: values.node, version: wanted ?? defaultNodeVersion };
  } catch (error) {
    const known = `versions of Node that are pinned: ${pinnedNodeVersions.join(", ")}`;
    return fail(`${error.message}\n${usage}\n${known}`, 2);
  }
}

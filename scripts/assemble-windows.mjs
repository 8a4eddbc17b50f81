// node scripts/assemble-windows.mjs --output FOLDER [--node FOLDER | --node-version VERSION]
//
// Lays out in an empty folder exactly what the Windows image contains, on any platform, and prints a manifest as JSON. Node
// comes from --node (an unpacked node-vX-win-x64.zip), else from the npm registry at a version whose hash is pinned.
import { checkNodeVersion, fail, installIfNeeded } from "./prepare.mjs";
import { assembleWindows } from "./windows-layout.mjs";
import { readLayoutOptions } from "./windows-options.mjs";

const usage =
  "usage: node scripts/assemble-windows.mjs --output FOLDER [--node FOLDER | --node-version VERSION]";

checkNodeVersion();
const { output, source } = readLayoutOptions(usage, { outputNeeded: true });
installIfNeeded();
try {
  console.log(JSON.stringify(assembleWindows(output, source), null, 2));
} catch (error) {
  fail(error.message);
}

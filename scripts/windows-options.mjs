// The command line of what lays portlease out for Windows: where to, and whose node.exe.
import { parseArgs } from "node:util";
import { fail } from "./prepare.mjs";
import { defaultNodeVersion, pinnedNodeVersions } from "./windows-node.mjs";

/**
 * Returns `output` (undefined where none is given) and `source`, `{ folder }` or `{ version }` of Node. Ends the script with `usage`
 * and exit code 2 when the command line is wrong.
 */
export function readLayoutOptions(usage, { outputNeeded = false } = {}) {
  try {
    const options = {
      output: { type: "string" },
      node: { type: "string" },
      "node-version": { type: "string" },
    };
    const { values } = parseArgs({ options });
    const { output, node, "node-version": version } = values;
    if (outputNeeded && output === undefined) throw new Error("--output is missing");
    if (node !== undefined && version !== undefined) {
      throw new Error("--node and --node-version exclude each other");
    }
    const source =
      node === undefined ? { version: version ?? defaultNodeVersion } : { folder: node };
    return { output, source };
  } catch (error) {
    const known = `versions of Node that are pinned: ${pinnedNodeVersions.join(", ")}`;
    return fail(`${error.message}\n${usage}\n${known}`, 2);
  }
}

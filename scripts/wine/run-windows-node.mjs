// Starts a program of the lab's Windows Node from Linux.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fail } from "../prepare.mjs";
import { description, windowsPath } from "./lab-paths.mjs";

/** What the set-up wrote about the lab; ends the script when there is none. */
export function readLab() {
  if (existsSync(description)) return JSON.parse(readFileSync(description, "utf8"));
  return fail("there is no Wine lab yet; run: npm run wine:setup");
}

/** The child process of `wine`; killing it ends the Windows program too. Paths among the arguments are for the caller to translate. */
export function spawnWindowsNode(lab, major, args, options) {
  const node = lab.nodes[major];
  if (node === undefined) fail(`the lab has Windows Node ${Object.keys(lab.nodes).join(", ")}`);
  return spawn("wine", [lab.winerun, windowsPath(node), ...args], {
    ...options,
    env: { ...process.env, ...lab.environment, ...options.env },
  });
}

// npm run wine:node -- [--node 20|22] [--portlease] ARGUMENTS: runs Windows Node in the Wine lab, with this terminal.
// The working folder is .build/wine/app, the product and its tests as on Windows; --portlease runs its command line.
import { constants } from "node:os";
import { readLab, spawnWindowsNode } from "./wine/run-windows-node.mjs";

const lab = readLab();
const words = process.argv.slice(2);
let major = "20";
if (words[0] === "--node") [, major] = words.splice(0, 2);
if (words[0] === "--portlease") words.splice(0, 1, "dist/portlease/main.js");

const child = spawnWindowsNode(lab, major, words, { cwd: lab.app, stdio: "inherit" });
// The terminal gives Ctrl+C to wine as well; this process waits for what comes of it.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("error", (error) => {
  console.error(`portlease: wine could not be started: ${error.message}`);
  process.exitCode = 1;
});
child.on("exit", (code, signal) => {
  process.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
});

// Runs a program of the set-up to its end; anything but success ends the set-up with what the program said.
import { spawnSync } from "node:child_process";
import { fail } from "../prepare.mjs";

/** Returns what the program wrote on stdout. */
export function runTool(command, args, options = {}) {
  const result = spawnSync(command, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    ...options,
  });
  if (result.error === undefined && result.status === 0) return result.stdout ?? "";
  const said = [result.error?.message, result.stdout, result.stderr].filter(Boolean).join("\n");
  fail(`${command} ${args.join(" ")} failed\n${said}`);
}

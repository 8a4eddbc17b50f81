// Runs the benchmark in a network of its own, where the system gives one: no port there is anybody else's, so that tens of thousands of
// them in a row are free, and no other program's connections are in the way. Its loopback is as fast as the host's.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";

const insideVariable = "PORTLEASE_BENCH_OWN_NETWORK";
const loopbackUp = "ip link set lo up";

/** Whether this process is in it. */
export function isInOwnNetwork(): boolean {
  return process.env[insideVariable] === "yes";
}

/** False where there is none: not on Linux, no unshare(1) or ip(8), or not allowed. */
export function canHaveOwnNetwork(): boolean {
  if (process.platform !== "linux") return false;
  const [program = "", ...words] = unshare();
  return spawnSync(program, [...words, "sh", "-c", loopbackUp]).status === 0;
}

/** Runs this program again with the same arguments. Resolves with its exit code. */
export async function runInOwnNetwork(): Promise<number> {
  const [program = "", ...words] = unshare();
  const inside = ["sh", "-c", `${loopbackUp} && exec "$@"`, "sh"];
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const env = { ...process.env, [insideVariable]: "yes" };
  const child = spawn(program, [...words, ...inside, ...again], { env, stdio: "inherit" });
  // What a terminal sends, it sends to the child, too.
  const pass = (signal: NodeJS.Signals): boolean => child.kill(signal);
  process.on("SIGTERM", pass);
  const ignore = (): void => undefined;
  process.on("SIGINT", ignore);
  const [exitCode] = (await once(child, "close")) as [number | null];
  process.off("SIGTERM", pass);
  process.off("SIGINT", ignore);
  return exitCode ?? 1;
}

/** https://man7.org/linux/man-pages/man1/unshare.1.html: with root's rights in that network alone for who is not root. */
function unshare(): readonly string[] {
  const asRoot = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  return ["unshare", ...asRoot, "--net"];
}

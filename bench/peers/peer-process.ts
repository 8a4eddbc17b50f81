// A peer as a process with a folder of its own for its data, on the disk of the checkout.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { leaveNothing, stopped } from "../servers/child-process.js";
import { pinnedCommand } from "../servers/cores.js";
import { dataParent } from "../servers/data-parent.js";
import type { Peer } from "./peer.js";

const startMsMax = 30_000;
const lookEveryMs = 20;

export interface PeerCommand {
  readonly command: readonly string[];
  /** For the native client. */
  readonly address: string;
  /** Whether it takes requests by now. */
  readonly serves: () => Promise<boolean>;
}

/** Rejects when it does not serve in time, or ends. `describe` is given the folder for its data. */
export async function startPeer(
  core: number | null,
  describe: (folder: string) => Promise<PeerCommand> | PeerCommand,
): Promise<Peer> {
  mkdirSync(dataParent, { recursive: true });
  const folder = mkdtempSync(join(dataParent, "bench-peer-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const { command, address, serves } = await describe(folder);
  const [program = "", ...args] = core === null ? command : pinnedCommand(core, command);
  // Of other variables a peer might take settings.
  const { PATH } = process.env;
  const child = spawn(program, args, { cwd: folder, env: { PATH }, stdio: "ignore" });
  const stay = leaveNothing(child, remove);
  const stop = async (): Promise<void> => {
    await stopped(child, "SIGKILL");
    stay();
    remove();
  };
  try {
    await untilServing(child, command[0] ?? "", serves);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    address,
    processId: child.pid ?? null,
    connection: null,
    forgetLoop: () => undefined,
    loopDelayP99Ms: () => Promise.resolve(null),
    stop,
  };
}

async function untilServing(
  child: ChildProcess,
  name: string,
  serves: () => Promise<boolean>,
): Promise<void> {
  let failure: Error | null = null;
  child.once("error", (error) => (failure = error));
  const endMs = performance.now() + startMsMax;
  while (!(await serves())) {
    if (failure !== null) throw failure;
    if (child.exitCode !== null) throw new Error(`${name} ended with exit code ${child.exitCode}`);
    if (performance.now() > endMs) throw new Error(`${name} did not get ready in time`);
    await pause(lookEveryMs);
  }
}

// Starts the doctor's other process and is its probe here: each call goes over the pipe and waits for its answer.

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { HelperAnswer, HelperCall, ProbeCall } from "./helper-protocol.js";
import type { Probe } from "./probe.js";

const mainFile = fileURLToPath(new URL("helper-main.js", import.meta.url));

/** Another Node process starts in well under a second; under load and emulation in a few. */
const startMsMax = 30_000;

export interface HelperProcess extends Probe {
  /** Kills it, and resolves when it is gone with all its sockets. Idempotent. */
  end(): Promise<void>;
  /** The same without waiting. */
  endNow(): void;
}

export async function startHelper(): Promise<HelperProcess> {
  const child = spawn(process.execPath, [mainFile], {
    stdio: ["pipe", "pipe", "inherit"],
    windowsHide: true,
  });
  // Writing to a process that is gone fails; its end is told by the answer that never comes.
  child.stdin.on("error", () => undefined);
  const lines = createInterface({ input: child.stdout });
  const processId = await nextAnswer(child, lines, AbortSignal.timeout(startMsMax));
  return helperOf(child, lines, Number(processId));
}

type Child = ChildProcessByStdio<Writable, Readable, null>;

function helperOf(child: Child, lines: Interface, processId: number): HelperProcess {
  let last: Promise<unknown> = Promise.resolve();
  const call = (name: ProbeCall, args: readonly unknown[]): Promise<unknown> => {
    // One after another: the answers carry no number.
    const answer = last
      .catch(() => undefined)
      .then(() => {
        const waiting = nextAnswer(child, lines);
        child.stdin.write(`${JSON.stringify({ call: name, args } satisfies HelperCall)}\n`);
        return waiting;
      });
    last = answer;
    return answer;
  };
  const end = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  };
  const own = { processId, end, endNow: () => void child.kill("SIGKILL") };
  return new Proxy(own, {
    get: (target, name) => {
      if (name in target) return Reflect.get(target, name) as unknown;
      // An object with `then` would be taken for a promise.
      if (name === "then" || typeof name === "symbol") return undefined;
      return (...args: readonly unknown[]) => call(name as ProbeCall, args);
    },
  }) as HelperProcess;
}

async function nextAnswer(child: Child, lines: Interface, limit?: AbortSignal): Promise<unknown> {
  const done = new AbortController();
  const signal = limit === undefined ? done.signal : AbortSignal.any([done.signal, limit]);
  try {
    const gone = once(child, "exit", { signal }).then(() => {
      throw new Error("the doctor's other process ended without an answer");
    });
    const [line] = (await Promise.race([once(lines, "line", { signal }), gone])) as [string];
    const { value, error } = JSON.parse(line) as HelperAnswer;
    if (error !== null) throw new Error(error);
    return value;
  } finally {
    done.abort();
  }
}

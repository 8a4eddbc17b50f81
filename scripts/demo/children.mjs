// Programs that a demo starts and that end together: all of them end with it, whatever happens, and it waits until they have.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A broker ends its calls within a few seconds; what has not ended by then never will. */
const endMsMax = 10_000;
const errorsLengthMax = 4_000;

export class Children {
  #running = [];

  /**
   * Starts a program. `nextLine` resolves with what it prints, line by line, and rejects when it has ended; `errors` is the end of what
   * it said on stderr.
   */
  start(name, program, args, environment = {}) {
    const child = spawn(program, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...environment },
    });
    child.errors = "";
    child.stderr
      .setEncoding("utf8")
      .on("data", (text) => (child.errors = (child.errors + text).slice(-errorsLengthMax)));
    const failed = new Promise((_resolve, reject) => child.once("error", reject));
    child.exited = Promise.race([once(child, "exit"), failed.catch(() => undefined)]);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.nextLine = async () => {
      const { value, done } = await Promise.race([lines.next(), failed]);
      if (done) throw new Error(`${name} ended early: ${child.errors.trim()}`);
      return value;
    };
    this.#running.push(child);
    return child;
  }

  /** Asks all to end, and kills what does not. Never rejects; idempotent. */
  async endAll() {
    await Promise.all(this.#running.splice(0).map(endOne));
  }

  /** For the end of the process itself, when there is no time to ask. */
  killAll() {
    for (const child of this.#running) child.kill("SIGKILL");
  }
}

async function endOne(child) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), endMsMax);
  await child.exited;
  clearTimeout(timer);
}

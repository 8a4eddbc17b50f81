// A program of the benchmark that is obeyed message by message, each answered by one: started, asked, and ended with this process.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** Filling an etcd on a slow disk takes this long. */
const answerMsMax = 300_000;
const endMsMax = 10_000;

export class Program<Order extends object, Answer> {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** `file` is beside this one; `settings` is its argument. Resolves with its first word, too. */
  static async start<Order extends object, Answer>(
    file: string,
    settings: unknown,
  ): Promise<{ readonly program: Program<Order, Answer>; readonly answer: Answer }> {
    const path = fileURLToPath(new URL(file, import.meta.url));
    const child = fork(path, [JSON.stringify(settings)]);
    const program = new Program<Order, Answer>(child);
    return { program, answer: await program.#answer() };
  }

  get processId(): number {
    return this.#child.pid ?? 0;
  }

  /** Rejects when the program ends without a word, or says nothing for five minutes. */
  async order(order: Order): Promise<Answer> {
    const answer = this.#answer();
    this.#child.send(order);
    return answer;
  }

  /** `order` makes it end by itself. */
  async stop(order: Order): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.send(order);
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), endMsMax);
    await exited;
    clearTimeout(timer);
  }

  async #answer(): Promise<Answer> {
    const waiting = new AbortController();
    const { signal } = waiting;
    const ended = once(this.#child, "exit", { signal }).then(([code]) => {
      throw new Error(`a program of the benchmark ended with exit code ${String(code)}`);
    });
    const late = pause(answerMsMax, null, { signal }).then(() => {
      throw new Error("a program of the benchmark said nothing in time");
    });
    const said = once(this.#child, "message", { signal });
    try {
      const [answer] = (await Promise.race([said, ended, late])) as [Answer];
      return answer;
    } finally {
      // What lost the race is rejected now, and nobody is to hear of it.
      for (const lost of [said, ended, late]) lost.catch(() => undefined);
      waiting.abort();
    }
  }
}

// Starts another Windows process for a test and talks to it. Requests are answered one after another; there are no timeouts
// here, the test's own stands.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ReservedBlock } from "@portlease/native";
import type { ContractProgram } from "../../host-ports-contract.js";
import type { ProgramAnswer, ProgramRequest } from "./windows-program-protocol.js";

const mainFile = fileURLToPath(new URL("windows-program-main.js", import.meta.url));

/** Such as PORTPOOL_NOT_ELEVATED. */
export type ProgramEnvironment = Readonly<Record<string, string>>;

export class WindowsProgram implements ContractProgram {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(environment: ProgramEnvironment = {}): Promise<WindowsProgram> {
    const program = new WindowsProgram(fork(mainFile, { env: { ...process.env, ...environment } }));
    await program.#answer();
    return program;
  }

  get processId(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error("the program did not start");
    return pid;
  }

  async listen(port: number, address = "127.0.0.1"): Promise<void> {
    await this.tell({ do: "listen", port, address });
  }

  async lease(block: ReservedBlock, port: number, listen: boolean): Promise<void> {
    const { bindMethod, protocol } = block;
    const address = { address: "127.0.0.1", ipv6Only: false } as const;
    if (bindMethod !== "handoff") {
      const { token, portCount } = block.reservationOf(port);
      const bind = { bindMethod, token: String(token), tokenPortCount: portCount, listen };
      await this.tell({ do: "bind", protocol, port, ...address, ...bind });
      return;
    }
    const transfer = block.bindForTransfer({ port, ...address });
    try {
      const protocolInfo = Buffer.from(transfer.duplicateFor(this.processId)).toString("hex");
      await this.tell({ do: "open", protocol, port, protocolInfo, listen });
    } finally {
      transfer.close();
    }
  }

  async close(port: number): Promise<void> {
    await this.tell({ do: "close", port });
  }

  /** The answer, whatever it is. */
  async ask(request: ProgramRequest): Promise<ProgramAnswer> {
    const answer = this.#answer();
    this.#child.send(request);
    return await answer;
  }

  /** Fails the test unless the answer is a success. */
  async tell(request: ProgramRequest): Promise<void> {
    const answer = await this.ask(request);
    if (!answer.ok) {
      throw new Error(`the program could not ${request.do}: ${answer.code} ${answer.message}`);
    }
  }

  /** Ends it and waits until it is gone. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill();
    await exited;
  }

  async #answer(): Promise<ProgramAnswer> {
    const stopping = new AbortController();
    try {
      const gone = once(this.#child, "exit", { signal: stopping.signal }).then(() => {
        throw new Error("the program ended without an answer");
      });
      const message = once(this.#child, "message", { signal: stopping.signal });
      const [answer] = (await Promise.race([message, gone])) as [ProgramAnswer];
      return answer;
    } finally {
      stopping.abort();
    }
  }
}

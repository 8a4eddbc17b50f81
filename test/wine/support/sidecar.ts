// Talks to test/wine/programs/sidecar.ts: a Windows service that leases a port of the broker and serves on it.

import type {
  SidecarAcquire,
  SidecarAnswer,
  SidecarBind,
  SidecarLease,
  SidecarRefusal,
  SidecarRequest,
} from "../programs/sidecar-protocol.js";
import { noteSecret } from "../../support/test-output.js";
import type { PortPool } from "./port-pool.js";
import { WineProcess } from "./wine-process.js";

export interface SidecarOptions {
  readonly pool: PortPool;
  /** The broker's. */
  readonly address: string;
  /** True unless told. */
  readonly elevated?: boolean;
  readonly nodeMajor?: 20 | 22;
}

export class Sidecar {
  readonly #process: WineProcess;
  readonly processId: number;

  private constructor(process: WineProcess, processId: number) {
    this.#process = process;
    this.processId = processId;
  }

  static async start({
    pool,
    address,
    elevated = true,
    nodeMajor = 20,
  }: SidecarOptions): Promise<Sidecar> {
    const process = new WineProcess({
      name: "sidecar",
      args: ["--enable-source-maps", ".build/test/wine/programs/sidecar.js"],
      environment: {
        ...pool.environment,
        PORTLEASE_ADDRESS: address,
        ...(elevated ? {} : { PORTPOOL_NOT_ELEVATED: "1" }),
      },
      nodeMajor,
      // Its answers tell the tokens.
      record: "stderr",
    });
    const line = await process.nextLine();
    if (line !== null) return new Sidecar(process, Number(line));
    throw new Error(`the sidecar did not start: ${(await process.exited).stderr}`);
  }

  acquire(options: SidecarAcquire = {}): Promise<SidecarLease> {
    return this.#succeed({ do: "acquire", options });
  }

  /** The lease as the sidecar knows it at this moment. */
  lease(): Promise<SidecarLease> {
    return this.#succeed({ do: "lease" });
  }

  /** HTTP on the leased port. */
  serve(options: SidecarBind = {}): Promise<SidecarLease> {
    return this.#succeed({ do: "serve", options });
  }

  /** Resolves with why the sidecar may not serve. */
  async failToServe(options: SidecarBind = {}): Promise<SidecarRefusal> {
    return this.#fail({ do: "serve", options });
  }

  /** UDP on the leased port. */
  echo(family: 4 | 6, options: SidecarBind = {}): Promise<SidecarLease> {
    return this.#succeed({ do: "echo", family, options });
  }

  failToEcho(family: 4 | 6, options: SidecarBind = {}): Promise<SidecarRefusal> {
    return this.#fail({ do: "echo", family, options });
  }

  /** Closes what it serves on. */
  async close(): Promise<void> {
    await this.#succeed({ do: "close" });
  }

  /** Resolves with the answer to a bind of the port with a token from anywhere; `null` when it succeeds. */
  async bindWithToken(
    port: number,
    token: string,
    tokenPortCount: number,
  ): Promise<SidecarRefusal | null> {
    const { refused } = await this.#ask({ do: "bindWithToken", port, token, tokenPortCount });
    return refused ?? null;
  }

  async release(): Promise<void> {
    await this.#succeed({ do: "release" });
  }

  /** Asks it to end, which releases its lease. */
  async stop(): Promise<void> {
    await this.#process.stop();
  }

  kill(): Promise<void> {
    return this.#process.kill();
  }

  async #succeed(request: SidecarRequest): Promise<SidecarLease> {
    const { lease, refused } = await this.#ask(request);
    if (lease !== undefined) return lease;
    throw new Error(`the sidecar was to ${request.do}: ${JSON.stringify(refused)}`);
  }

  async #fail(request: SidecarRequest): Promise<SidecarRefusal> {
    const { refused } = await this.#ask(request);
    if (refused !== undefined) return refused;
    throw new Error(`the sidecar could ${request.do}`);
  }

  async #ask(request: SidecarRequest): Promise<SidecarAnswer> {
    this.#process.write(`${JSON.stringify(request)}\n`);
    const line = await this.#process.nextLine();
    if (line === null) throw new Error(`the sidecar ended: ${(await this.#process.exited).stderr}`);
    const answer = JSON.parse(line) as SidecarAnswer;
    for (const { token } of answer.lease?.reservations ?? []) {
      if (token !== "0") noteSecret(token);
    }
    return answer;
  }
}

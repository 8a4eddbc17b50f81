// Talks to test/wine/programs/pool-caller.ts, a Windows process that calls the reservation functions.

import type {
  CallerAnswer,
  CallerProtocol,
  CallerRequest,
} from "../programs/pool-caller-protocol.js";
import type { PortPool } from "./port-pool.js";
import { WineProcess, type WineProcessOptions } from "./wine-process.js";

/** mstcpip.h */
export const ioctls = {
  acquire: 0x9800_0064,
  release: 0x9800_0065,
  associate: 0x9800_0066,
} as const;

export interface PoolCallerOptions extends Partial<WineProcessOptions> {
  readonly pool: PortPool;
}

export interface Acquired {
  readonly error: number;
  readonly firstPort: number;
  readonly portCount: number;
  readonly token: string;
}

export interface ListenOptions {
  readonly address?: string;
  readonly protocol?: CallerProtocol;
}

export class PoolCaller {
  readonly #process: WineProcess;
  readonly processId: number;

  private constructor(process: WineProcess, processId: number) {
    this.#process = process;
    this.processId = processId;
  }

  static async start({
    pool,
    environment = {},
    ...options
  }: PoolCallerOptions): Promise<PoolCaller> {
    const process = new WineProcess({
      name: "pool-caller",
      args: ["--enable-source-maps", ".build/test/wine/programs/pool-caller.js"],
      environment: { ...pool.environment, ...environment },
      ...options,
    });
    const line = await process.nextLine();
    if (line !== null) return new PoolCaller(process, Number(line));
    throw new Error(`the pool caller did not start: ${(await process.exited).stderr}`);
  }

  async ask(request: CallerRequest): Promise<CallerAnswer> {
    this.#process.write(`${JSON.stringify(request)}\n`);
    const line = await this.#process.nextLine();
    if (line === null)
      throw new Error(`the pool caller ended: ${(await this.#process.exited).stderr}`);
    const answer = JSON.parse(line) as CallerAnswer;
    if (answer.problem !== undefined) throw new Error(`${request.do}: ${answer.problem}`);
    return answer;
  }

  create(protocol: CallerProtocol, firstPort: number, portCount: number): Promise<CallerAnswer> {
    return this.ask({ do: "create", protocol, firstPort, portCount });
  }

  delete(protocol: CallerProtocol, firstPort: number, portCount: number): Promise<CallerAnswer> {
    return this.ask({ do: "delete", protocol, firstPort, portCount });
  }

  lookup(protocol: CallerProtocol, firstPort: number, portCount: number): Promise<CallerAnswer> {
    return this.ask({ do: "lookup", protocol, firstPort, portCount });
  }

  /** A new socket. */
  async socket(protocol: CallerProtocol = "tcp", family: 4 | 6 = 4): Promise<number> {
    const { socket, error } = await this.ask({ do: "open", protocol, family });
    if (socket === undefined) throw new Error(`no socket: ${error}`);
    return socket;
  }

  async acquire(socket: number, firstPort: number, portCount: number): Promise<Acquired> {
    const range = Buffer.alloc(4);
    range.writeUInt16BE(firstPort, 0);
    range.writeUInt16LE(portCount, 2);
    const { error, output = "" } = await this.ioctl(socket, "acquire", range, 16);
    if (error !== 0) return { error, firstPort: 0, portCount: 0, token: "0" };
    const instance = Buffer.from(output, "hex");
    return {
      error,
      firstPort: instance.readUInt16BE(0),
      portCount: instance.readUInt16LE(2),
      token: String(instance.readBigUInt64LE(8)),
    };
  }

  /** Resolves with the error. */
  async associate(socket: number, token: string): Promise<number> {
    return (await this.ioctl(socket, "associate", tokenBytes(token), 0)).error;
  }

  /** Resolves with the error. */
  async release(socket: number, token: string): Promise<number> {
    return (await this.ioctl(socket, "release", tokenBytes(token), 0)).error;
  }

  ioctl(
    socket: number,
    name: keyof typeof ioctls,
    input: Buffer | null,
    outputSize: number,
  ): Promise<CallerAnswer> {
    const hex = input === null ? null : input.toString("hex");
    return this.ask({ do: "ioctl", socket, code: ioctls[name], input: hex, outputSize });
  }

  bind(socket: number, port: number, address = "127.0.0.1"): Promise<CallerAnswer> {
    return this.ask({ do: "bind", socket, address, port });
  }

  async close(socket: number): Promise<void> {
    await this.ask({ do: "close", socket });
  }

  /** "OK", or the code with which Node's own listener or datagram socket is refused. */
  async listen(port: number, options: ListenOptions = {}): Promise<string> {
    const { address = "127.0.0.1", protocol = "tcp" } = options;
    return (await this.ask({ do: "listen", protocol, address, port })).code ?? "";
  }

  async stop(): Promise<void> {
    await this.#process.stop();
  }

  kill(): Promise<void> {
    return this.#process.kill();
  }
}

export function tokenBytes(token: string): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(token));
  return bytes;
}

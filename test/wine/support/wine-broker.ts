// The real broker as a Windows program in the lab: `portlease serve` of the app tree, ready when it says so.

import type { ReadyLine } from "../../support/broker-process.js";
import type { PortPool } from "./port-pool.js";
import { WineProcess, type WineExit } from "./wine-process.js";
import { windowsPath } from "./wine-lab.js";

export interface WineBrokerOptions {
  readonly pool: PortPool;
  /** A folder of Linux. */
  readonly dataDirectory: string;
  /** A file of Linux that exists, so that no other is read. */
  readonly configFile: string;
  /** Further flags of `serve`. */
  readonly flags?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly nodeMajor?: 20 | 22;
}

export class WineBroker {
  readonly options: WineBrokerOptions;
  readonly process: WineProcess;
  #ready: ReadyLine | null = null;

  private constructor(options: WineBrokerOptions) {
    this.options = options;
    const { pool, dataDirectory, configFile, flags = [], environment = {}, nodeMajor } = options;
    const listen = flags.includes("--listen") ? [] : ["--listen", "127.0.0.1:0"];
    // All brokers of the lab would want the same usual port; the tests of own ports ask for one.
    const http = flags.includes("--http-listen") ? [] : ["--http-listen", "off"];
    const files = ["--config", windowsPath(configFile), "--data-dir", windowsPath(dataDirectory)];
    const serve = [
      "dist/portlease/main.js",
      "serve",
      "--log-format",
      "json",
      "--stop-on-stdin-end",
    ];
    this.process = new WineProcess({
      name: "wine-broker",
      args: [...serve, ...flags, ...listen, ...http, ...files],
      environment: { ...pool.environment, ...environment },
      ...(nodeMajor === undefined ? {} : { nodeMajor }),
    });
  }

  /** Resolves when the broker is ready. Rejects with what it said when it ends before. */
  static async start(options: WineBrokerOptions): Promise<WineBroker> {
    const broker = new WineBroker(options);
    const line = await broker.process.nextLine();
    if (line !== null) {
      broker.#ready = JSON.parse(line) as ReadyLine;
      return broker;
    }
    const { exitCode, stderr } = await broker.process.exited;
    throw new Error(`the broker under Wine did not start (exit code ${exitCode}): ${stderr}`);
  }

  /** Starts a broker that must not start, and resolves with how it ended. */
  static async failToStart(options: WineBrokerOptions): Promise<WineExit> {
    const broker = new WineBroker(options);
    if ((await broker.process.nextLine()) === null) return broker.process.exited;
    await broker.process.kill();
    throw new Error("the broker started");
  }

  get ready(): ReadyLine {
    if (this.#ready === null) throw new Error("the broker is not ready");
    return this.#ready;
  }

  get address(): string {
    return this.ready.address;
  }

  /** Asks it to stop, as a service wrapper does by closing stdin. */
  stop(): Promise<WineExit> {
    return this.process.stop();
  }

  kill(): Promise<void> {
    return this.process.kill();
  }
}

// Everything that a suite with real brokers needs and must give back: folders, free ports, processes, connections.

import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { chmod, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openHostPorts } from "@portlease/native";
import { TestPorts } from "../native/support/test-ports.js";
import { BrokerDidNotStart, type BrokerOptions, BrokerProcess } from "./broker-process.js";
import { adminTokenIn, LeaseCaller } from "./lease-caller.js";

export interface LabBrokerOptions extends Partial<BrokerOptions> {
  /** Ports of the pool "default"; 8 unless told. 0: nothing is said about the pool on the command line. */
  readonly poolSize?: number;
  /** The text of the configuration file; empty unless told. */
  readonly config?: string;
  /** "json" unless told: only then is there a ready line to read. */
  readonly logFormat?: "json" | "text";
}

export class BrokerLab {
  readonly #directory: string;
  readonly #ports: TestPorts;
  readonly #brokers: BrokerProcess[] = [];
  readonly #callers: LeaseCaller[] = [];

  private constructor(directory: string, ports: TestPorts) {
    this.#directory = directory;
    this.#ports = ports;
  }

  static async open(): Promise<BrokerLab> {
    const ports = await TestPorts.open(openHostPorts());
    const directory = await mkdtemp(join(tmpdir(), "portlease-lab-"));
    // Some brokers run as another user; the data directories that brokers make are private by themselves.
    await chmod(directory, 0o755);
    return new BrokerLab(directory, ports);
  }

  /** A new empty folder. */
  newDirectory(): string {
    const directory = mkdtempSync(join(this.#directory, "d-"));
    chmodSync(directory, 0o755);
    return directory;
  }

  /** On Windows a folder that others made is not private; the broker makes its own so. */
  #newDataDirectory(): string {
    const directory = this.newDirectory();
    return process.platform === "win32" ? join(directory, "data") : directory;
  }

  /** The first of some free ports that no other test uses. */
  takePorts(portCount: number): Promise<number> {
    return this.#ports.take(portCount);
  }

  /** Starts a broker with a folder and a pool of its own where nothing else is said. */
  async start(options: LabBrokerOptions = {}): Promise<BrokerProcess> {
    return this.#add(BrokerProcess.spawn(await this.optionsFor(options)));
  }

  /** Starts a broker that must not start, and resolves with why it does not. */
  async failToStart(options: LabBrokerOptions): Promise<BrokerDidNotStart> {
    const broker = BrokerProcess.spawn(await this.optionsFor(options));
    this.#brokers.push(broker);
    try {
      await broker.untilReady();
    } catch (error) {
      if (error instanceof BrokerDidNotStart) return error;
      throw error;
    }
    throw new Error("the broker started");
  }

  /** Starts a broker again, on the same folder with the same options. */
  restart(
    { options }: BrokerProcess,
    changes: Partial<BrokerOptions> = {},
  ): Promise<BrokerProcess> {
    return this.#add(BrokerProcess.spawn({ ...options, ...changes }));
  }

  /** The same without waiting until it is ready. */
  spawnAgain({ options }: BrokerProcess): BrokerProcess {
    const broker = BrokerProcess.spawn(options);
    this.#brokers.push(broker);
    return broker;
  }

  async optionsFor({
    poolSize = 8,
    config = "",
    logFormat = "json",
    ...options
  }: LabBrokerOptions = {}): Promise<BrokerOptions> {
    const dataDirectory = options.dataDirectory ?? this.#newDataDirectory();
    const configFile = join(this.newDirectory(), "config.yaml");
    writeFileSync(configFile, config);
    const pool =
      poolSize === 0
        ? []
        : ["--pool-start", String(await this.takePorts(poolSize)), "--pool-size", String(poolSize)];
    const flags = [...(options.flags ?? []), "--log-format", logFormat, ...pool];
    return { configFile, ...options, dataDirectory, flags };
  }

  /** A caller with connections of its own; an operator where the broker's files can be seen (some are on disks of their own). */
  caller({ address, adminTokenFile }: BrokerProcess): LeaseCaller {
    const token = existsSync(adminTokenFile) ? adminTokenIn(adminTokenFile) : null;
    const caller = new LeaseCaller(address, token);
    this.#callers.push(caller);
    return caller;
  }

  async close(): Promise<void> {
    for (const caller of this.#callers) caller.close();
    await Promise.all(this.#brokers.map((broker) => broker.kill("SIGKILL")));
    await this.#ports.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #add(broker: BrokerProcess): Promise<BrokerProcess> {
    this.#brokers.push(broker);
    await broker.untilReady();
    return broker;
  }
}

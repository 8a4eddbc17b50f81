// One emulated machine with a broker, sidecars and strangers on it: what an end-to-end test needs and must give back.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openHostPorts } from "@portlease/native";
import { stringify } from "yaml";
import { TestPorts } from "../../native/support/test-ports.js";
import { adminTokenIn, LeaseCaller } from "../../support/lease-caller.js";
import { PoolCaller } from "./pool-caller.js";
import { PortPool } from "./port-pool.js";
import { Sidecar, type SidecarOptions } from "./sidecar.js";
import { WineBroker, type WineBrokerOptions } from "./wine-broker.js";

/** A pool as the configuration file has it. */
export interface LabPool {
  readonly name: string;
  readonly kind: "persistent" | "runtime" | "administered" | "auto";
  readonly start: number | "auto" | "any";
  readonly size: number;
  readonly protocol?: "tcp" | "udp" | "tcp-and-udp";
  readonly isolation?: "shared" | "per-lease";
}

export interface BrokerStart extends Partial<
  Pick<WineBrokerOptions, "environment" | "nodeMajor" | "flags">
> {
  /** What the configuration file has besides the pools. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export class EndToEndLab {
  readonly pool: PortPool;
  /** Of Linux; it survives the broker. */
  readonly dataDirectory: string;
  /** Of Linux; in it lies the token with which a caller may change the broker. */
  readonly adminTokenFile: string;
  readonly #folder: string;
  readonly #ports: TestPorts;
  readonly #ended: (() => Promise<unknown>)[] = [];
  /** Where the broker listens each time, so that sidecars find it again. */
  readonly #listen: string;
  #broker: WineBroker | null = null;

  private constructor(pool: PortPool, ports: TestPorts, listenPort: number) {
    this.pool = pool;
    this.#ports = ports;
    this.#listen = `127.0.0.1:${listenPort}`;
    this.#folder = mkdtempSync(join(tmpdir(), "portlease-e2e-"));
    this.dataDirectory = join(this.#folder, "data");
    this.adminTokenFile = join(this.dataDirectory, "admin.token");
  }

  static async open(): Promise<EndToEndLab> {
    const [pool, ports] = await Promise.all([PortPool.open(), TestPorts.open(openHostPorts())]);
    return new EndToEndLab(pool, ports, await ports.take(1));
  }

  /** The first of some free ports that no other test uses. */
  take(portCount: number): Promise<number> {
    return this.#ports.take(portCount);
  }

  /** The options of the broker with these pools; they may rest for no time at all, so that ports come back at once. */
  configure(pools: readonly LabPool[], start: BrokerStart = {}): WineBrokerOptions {
    const { settings, ...options } = start;
    const configFile = join(this.#folder, "config.yaml");
    writeFileSync(
      configFile,
      stringify({ ...settings, pools: pools.map((pool) => ({ ...pool, quarantine: 0 })) }),
    );
    const { pool, dataDirectory } = this;
    const flags = options.flags ?? ["--listen", this.#listen];
    return { pool, dataDirectory, configFile, ...options, flags };
  }

  async startBroker(pools: readonly LabPool[], start: BrokerStart = {}): Promise<WineBroker> {
    const broker = await WineBroker.start(this.configure(pools, start));
    this.#broker = broker;
    this.#ended.push(() => broker.kill());
    return broker;
  }

  get broker(): WineBroker {
    if (this.#broker === null) throw new Error("no broker was started");
    return this.#broker;
  }

  async sidecar(options: Partial<SidecarOptions> = {}): Promise<Sidecar> {
    const { address } = this.broker;
    const sidecar = await Sidecar.start({ pool: this.pool, address, ...options });
    this.#ended.push(() => sidecar.kill());
    return sidecar;
  }

  /** A Windows program that knows nothing of the broker. */
  async stranger(): Promise<PoolCaller> {
    const stranger = await PoolCaller.start({ pool: this.pool });
    this.#ended.push(() => stranger.kill());
    return stranger;
  }

  /** A client of Linux that talks to the broker. */
  caller(): LeaseCaller {
    const caller = new LeaseCaller(this.broker.address, adminTokenIn(this.adminTokenFile));
    this.#ended.push(() => Promise.resolve(caller.close()));
    return caller;
  }

  async close(): Promise<void> {
    await Promise.all(this.#ended.map((end) => end()));
    this.pool.close();
    await this.#ports.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

// One emulated machine: a pool file of its own, and the control program that changes it from outside. Programs that run with its
// `environment` share it; two pools know nothing of each other.

import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { wineEnvironment, wineLab, windowsPath } from "./wine-lab.js";

const run = promisify(execFile);

export type PoolProtocol = "tcp" | "udp";

export interface PoolReservation {
  readonly kind: "persistent" | "runtime" | "administered";
  readonly protocol: PoolProtocol;
  readonly firstPort: number;
  readonly portCount: number;
  /** As decimal text, since it may use all 64 bits; "0" for exclusions. */
  readonly token: string;
  /** The Windows process that made it. */
  readonly processId: number;
}

export interface PoolState {
  readonly reservations: readonly PoolReservation[];
  readonly faults: readonly { readonly api: string; readonly error: number }[];
  readonly guesses: Readonly<Record<string, number>>;
  readonly dynamicRange: { readonly firstPort: number; readonly portCount: number };
}

/** A call that is to fail. See test/wine/portpool/faults.h. */
export interface PoolFault {
  /** A function, an ioctl such as "SIO_ACQUIRE_PORT_RESERVATION", or "netsh". */
  readonly api: string;
  readonly error: number;
  /** Only calls that are about this first port. */
  readonly port?: number;
  /** How many calls fail; all of them unless told. */
  readonly times?: number;
  /** How many calls succeed first; none unless told. */
  readonly skip?: number;
}

export class PortPool {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(): Promise<PortPool> {
    return new PortPool(await mkdtemp(join(tmpdir(), "portlease-pool-")));
  }

  /** What a process needs to be on this machine. */
  get environment(): Readonly<Record<string, string>> {
    return { PORTPOOL_FILE: windowsPath(join(this.#folder, "pool.dat")) };
  }

  async state(): Promise<PoolState> {
    return JSON.parse(await this.#control("list")) as PoolState;
  }

  /** The reservations of one kind, by rising first port. */
  async reservations(kind: PoolReservation["kind"]): Promise<readonly PoolReservation[]> {
    const { reservations } = await this.state();
    return reservations
      .filter((each) => each.kind === kind)
      .toSorted((left, right) => left.firstPort - right.firstPort);
  }

  /** What a restart of the machine does to its reservations; end its programs first. */
  async reboot(): Promise<void> {
    await this.#control("reboot");
  }

  async reset(): Promise<void> {
    await this.#control("reset");
  }

  /** An administered exclusion that somebody else made. */
  async exclude(protocol: PoolProtocol, firstPort: number, portCount: number): Promise<void> {
    await this.#control("exclude", protocol, String(firstPort), String(portCount));
  }

  /** A persistent reservation that somebody else made. */
  async reserve(protocol: PoolProtocol, firstPort: number, portCount: number): Promise<void> {
    await this.#control("reserve", protocol, String(firstPort), String(portCount));
  }

  /** Takes a persistent reservation away, as somebody else with administrator rights may. */
  async unreserve(protocol: PoolProtocol, firstPort: number, portCount: number): Promise<void> {
    await this.#control("unreserve", protocol, String(firstPort), String(portCount));
  }

  async setDynamicRange(firstPort: number, portCount: number): Promise<void> {
    await this.#control("dynamic", String(firstPort), String(portCount));
  }

  /** Lets calls of a running program fail. */
  async fail({ api, error, port, times, skip }: PoolFault): Promise<void> {
    const where = port === undefined ? "" : `:${port}`;
    const count = times === undefined ? "" : `*${times}`;
    const after = skip === undefined ? "" : `@${skip}`;
    await this.#control("fault", `${api}${where}=${error}${count}${after}`);
  }

  async clearFaults(): Promise<void> {
    await this.#control("fault", "clear");
  }

  /** Switches a guess of test/wine/portpool/behaviour.h for every process of the machine. */
  async guess(name: string, value: number): Promise<void> {
    await this.#control("guess", `${name}=${value}`);
  }

  /** Removes the file; the programs that use it have ended. */
  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #control(...args: readonly string[]): Promise<string> {
    const { stdout } = await run("wine", [wineLab().portpoolctl, ...args], {
      env: wineEnvironment(this.environment),
    });
    return stdout;
  }
}

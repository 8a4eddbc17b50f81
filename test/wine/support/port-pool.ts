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
  /** `times`: how many calls will still fail; `null` for all of them. */
  readonly faults: readonly {
    readonly api: string;
    readonly error: number;
    readonly times: number | null;
  }[];
  readonly guesses: Readonly<Record<string, number>>;
  readonly dynamicRange: { readonly firstPort: number; readonly portCount: number };
}

/** A call that is to fail. See test/wine/portpool/faults.h. */
export interface PoolFault {
  /** A function, an ioctl such as "SIO_ACQUIRE_PORT_RESERVATION", or "netsh". */
  readonly api: string;
  /** "end", for persistent reservations: the call does its work, and the process ends before it returns. */
  readonly error: number | "end";
  /** Only calls that are about this first port. */
  readonly port?: number;
  /** How many calls fail; all of them unless told. */
  readonly times?: number;
  /** How many calls succeed first; none unless told. */
  readonly skip?: number;
}

/** Runs portpoolctl.exe with these words, and resolves with what it printed. */
type Control = (words: readonly string[]) => Promise<string>;

export class PortPool {
  readonly #control: Control;
  /** What a process needs to be on this machine. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #folder: string | null;

  private constructor(
    control: Control,
    environment: Readonly<Record<string, string>>,
    folder: string | null,
  ) {
    this.#control = control;
    this.environment = environment;
    this.#folder = folder;
  }

  /** A new machine, for a test that runs on Linux and starts Windows programs. */
  static async open(): Promise<PortPool> {
    const folder = await mkdtemp(join(tmpdir(), "portlease-pool-"));
    const environment = { PORTPOOL_FILE: windowsPath(join(folder, "pool.dat")) };
    const control: Control = async (words) => {
      const env = wineEnvironment(environment);
      return (await run("wine", [wineLab().portpoolctl, ...words], { env })).stdout;
    };
    return new PortPool(control, environment, folder);
  }

  /** The machine on which this very process runs under Wine, for `*.wine.test.ts`. Throws anywhere else. */
  static ofThisProcess(): PortPool {
    const { PORTPOOLCTL, PORTPOOL_FILE } = process.env;
    if (PORTPOOLCTL === undefined || PORTPOOL_FILE === undefined) {
      throw new Error("this process does not run in the Wine lab; use npm run test:wine");
    }
    const control: Control = async (words) => (await run(PORTPOOLCTL, [...words])).stdout;
    return new PortPool(control, { PORTPOOL_FILE }, null);
  }

  async state(): Promise<PoolState> {
    return JSON.parse(await this.#control(["list"])) as PoolState;
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
    await this.#control(["reboot"]);
  }

  async reset(): Promise<void> {
    await this.#control(["reset"]);
  }

  /** An administered exclusion that somebody else made. */
  async exclude(protocol: PoolProtocol, firstPort: number, portCount: number): Promise<void> {
    await this.#control(["exclude", protocol, String(firstPort), String(portCount)]);
  }

  /** A persistent reservation that somebody else made. */
  async reserve(protocol: PoolProtocol, firstPort: number, portCount: number): Promise<void> {
    await this.#control(["reserve", protocol, String(firstPort), String(portCount)]);
  }

  /** Takes a persistent reservation away, as somebody else with administrator rights may. */
  async unreserve(protocol: PoolProtocol, firstPort: number, portCount: number): Promise<void> {
    await this.#control(["unreserve", protocol, String(firstPort), String(portCount)]);
  }

  async setDynamicRange(firstPort: number, portCount: number): Promise<void> {
    await this.#control(["dynamic", String(firstPort), String(portCount)]);
  }

  /** Lets calls of a running program fail. */
  async fail({ api, error, port, times, skip }: PoolFault): Promise<void> {
    const where = port === undefined ? "" : `:${port}`;
    const count = times === undefined ? "" : `*${times}`;
    const after = skip === undefined ? "" : `@${skip}`;
    await this.#control(["fault", `${api}${where}=${error}${count}${after}`]);
  }

  async clearFaults(): Promise<void> {
    await this.#control(["fault", "clear"]);
  }

  /** Switches a guess of test/wine/portpool/behaviour.h for every process of the machine. */
  async guess(name: string, value: number): Promise<void> {
    await this.#control(["guess", `${name}=${value}`]);
  }

  /** Removes the file of a machine that `open` made; the programs that use it have ended. */
  close(): void {
    if (this.#folder !== null) rmSync(this.#folder, { recursive: true, force: true });
  }
}

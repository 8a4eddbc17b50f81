// What every fact is tried with: a probe in this process and one in another, free ports, and a list of what must be undone.

import type { TransportProtocol } from "../host-ports.js";
import type { Cleanup } from "./cleanup.js";
import type { HelperProcess } from "./helper-process.js";
import type { Probe } from "./probe.js";

/** Ports of the doctor's own choice lie here: above well-known ones, below the dynamic ranges of Linux and Windows. */
export const testPorts = { first: 20_000, last: 32_000 } as const;

const triesMax = 200;

/** Makes helpers; a test gives one of its own. */
export type StartHelper = () => Promise<HelperProcess>;

export class DoctorContext {
  readonly here: Probe;
  /** Undone after each fact. */
  readonly cleanup: Cleanup;
  readonly #startHelper: StartHelper;
  #other: Promise<HelperProcess> | null = null;

  constructor(here: Probe, cleanup: Cleanup, startHelper: StartHelper) {
    this.here = here;
    this.cleanup = cleanup;
    this.#startHelper = startHelper;
  }

  /** The other process; the same one for all facts. Do not end it. */
  async other(): Promise<HelperProcess> {
    this.#other ??= this.#startHelper();
    return await this.#other;
  }

  /** Another process for this fact alone, which may be ended. */
  async newProcess(): Promise<HelperProcess> {
    const helper = await this.#startHelper();
    this.cleanup.add("the extra process", () => helper.end());
    return helper;
  }

  /**
   * The first port of a random run that nobody uses now and that an ordinary process can bind, in TCP and in UDP.
   * Throws when none is found.
   */
  async freeRun(
    portCount: number,
    range: { readonly first: number; readonly last: number } = testPorts,
  ): Promise<number> {
    const places = range.last - range.first + 2 - portCount;
    for (let tries = 0; tries < triesMax; tries += 1) {
      const first = range.first + Math.floor(Math.random() * places);
      if (this.avoids(first, portCount)) continue;
      if (await this.#isFree(first, portCount)) return first;
    }
    throw new Error(`no ${portCount} free ports were found from ${range.first} to ${range.last}`);
  }

  /** Closes and undoes what the last fact left. Resolves with what could not be undone. */
  async closeAll(): Promise<readonly string[]> {
    await this.here.closeAll();
    const other = await this.#other?.catch(() => null);
    // A process that was ended by a fact has nothing open.
    await other?.closeAll().catch(() => undefined);
    return await this.cleanup.run();
  }

  /** Ends the other process. */
  async end(): Promise<void> {
    const other = await this.#other?.catch(() => null);
    await other?.end();
  }

  /** True for a run that must not be used although it can be bound. */
  protected avoids(_firstPort: number, _portCount: number): boolean {
    return false;
  }

  async #isFree(firstPort: number, portCount: number): Promise<boolean> {
    for (let port = firstPort; port < firstPort + portCount; port += 1) {
      for (const protocol of ["tcp", "udp"] satisfies TransportProtocol[]) {
        if (!(await this.#binds(protocol, port))) return false;
      }
    }
    return true;
  }

  async #binds(protocol: TransportProtocol, port: number): Promise<boolean> {
    const bound = await this.here.bind({ protocol, address: "0.0.0.0", port });
    if (!bound.ok) return false;
    await this.here.close(bound.socketId);
    return true;
  }
}

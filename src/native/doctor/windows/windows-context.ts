// What facts about Windows are tried with, beyond sockets: reservations, exclusions, a block to try things in.

import type { PortRun, PrivateFolders, TransportProtocol } from "../../host-ports.js";
import type { Win32 } from "../../win32/bindings.js";
import { lastPortOf } from "../../port-runs.js";
import { Exclusions } from "../../win32/exclusions.js";
import type { Netsh } from "../../win32/netsh.js";
import { Processes } from "../../win32/processes.js";
import { SocketTables } from "../../win32/socket-tables.js";
import { DoctorContext } from "../doctor-context.js";
import { outcomeText } from "../probe.js";
import { changeExclusion, showExcludedRanges } from "./netsh.js";
import { Reservations } from "./reservations.js";

/** Ports that are reserved for the length of a fact, and the token to bind in them. */
export interface TestBlock extends PortRun {
  readonly protocol: TransportProtocol;
  readonly kind: "persistent" | "runtime";
  /** In decimal. */
  readonly token: string;
}

export interface WindowsParts {
  readonly win32: Win32;
  readonly elevated: boolean;
  readonly folders: PrivateFolders;
  readonly netsh: Netsh;
}

interface PortLimits {
  readonly first: number;
  readonly last: number;
}

/** https://learn.microsoft.com/troubleshoot/windows-server/networking/default-dynamic-port-range-tcpip-chang */
const defaultDynamicRange = { first: 49_152, last: 65_535 } as const;

export class WindowsContext extends DoctorContext {
  readonly elevated: boolean;
  readonly folders: PrivateFolders;
  readonly netsh: Netsh;
  readonly reservations: Reservations;
  readonly tables: SocketTables;
  readonly processes: Processes;
  /** Read once: what others reserve meanwhile refuses the trial binds of a free run, or the fact is unknown. */
  #excluded: readonly PortRun[] | null = null;

  constructor(parts: WindowsParts, ...base: ConstructorParameters<typeof DoctorContext>) {
    super(...base);
    this.elevated = parts.elevated;
    this.folders = parts.folders;
    this.netsh = parts.netsh;
    this.reservations = new Reservations(parts.win32, this.cleanup);
    this.tables = new SocketTables(parts.win32);
    this.processes = new Processes(parts.win32);
  }

  /** A free run outside of everything that netsh shows as excluded: also where a plain bind works, a reservation may not. */
  override async freeRun(portCount: number, range?: PortLimits): Promise<number> {
    this.#excluded ??= await excludedNow(this.netsh);
    return await super.freeRun(portCount, range);
  }

  /** A persistent reservation. Throws when it is refused: that is another fact's business. */
  async persistentBlock(
    portCount: number,
    protocol: TransportProtocol = "tcp",
  ): Promise<TestBlock> {
    const run = { firstPort: await this.freeRun(portCount), portCount };
    const made = this.reservations.create(protocol, run);
    if (!made.ok) throw new Error(`no block to try it in: ${outcomeText(made)}`);
    return { ...run, protocol, kind: "persistent", token: made.token };
  }

  /** A runtime reservation of this process. Throws when it is refused. */
  async runtimeBlock(portCount: number, protocol: TransportProtocol = "tcp"): Promise<TestBlock> {
    const firstPort = await this.freeRun(portCount);
    const made = await this.here.acquire(protocol, firstPort, portCount);
    if (!made.ok) throw new Error(`no block to try it in: ${outcomeText(made)}`);
    return { firstPort, portCount, protocol, kind: "runtime", token: made.token };
  }

  /** The kind that a broker with these rights uses. */
  block(portCount: number, protocol: TransportProtocol = "tcp"): Promise<TestBlock> {
    return this.elevated
      ? this.persistentBlock(portCount, protocol)
      : this.runtimeBlock(portCount, protocol);
  }

  /** The ports that Windows picks from by itself; its default where netsh does not tell. */
  async dynamicRange(): Promise<PortLimits> {
    const range = await new Exclusions(this.netsh).dynamicRange("tcp");
    if (range === null) return defaultDynamicRange;
    return { first: range.firstPort, last: lastPortOf(range) };
  }

  /** An administered exclusion of a free run, or why there is none: netsh can also say that all went well and do nothing. */
  async exclusion(portCount: number, range?: PortLimits): Promise<PortRun | string> {
    const run = { firstPort: await this.freeRun(portCount, range), portCount };
    const said = this.exclude(run);
    if (said !== "") return `netsh adds no exclusion: ${said}`;
    const shown = await showExcludedRanges(this.netsh, "ipv4", "tcp");
    const found = shown?.some((one) => sameRun(one, run)) ?? false;
    return found ? run : "netsh does not show the exclusion that it added";
  }

  /** Answers what netsh says, "" when the exclusion was added. */
  exclude(run: PortRun): string {
    const said = changeExclusion(this.netsh, "add", "tcp", run);
    if (said !== "") return said;
    this.cleanup.add(`the exclusion ${run.firstPort}, ${run.portCount} ports`, () => {
      const answer = changeExclusion(this.netsh, "delete", "tcp", run);
      if (answer !== "") throw new Error(answer);
    });
    return "";
  }

  protected override avoids(firstPort: number, portCount: number): boolean {
    return (this.#excluded ?? []).some(
      (range) =>
        firstPort < range.firstPort + range.portCount && range.firstPort < firstPort + portCount,
    );
  }
}

async function excludedNow(netsh: Netsh): Promise<readonly PortRun[]> {
  const shown = await Promise.all([
    showExcludedRanges(netsh, "ipv4", "tcp"),
    showExcludedRanges(netsh, "ipv4", "udp"),
  ]);
  return shown.flatMap((ranges) => ranges ?? []);
}

function sameRun(a: PortRun, b: PortRun): boolean {
  return a.firstPort === b.firstPort && a.portCount === b.portCount;
}

// Administered port exclusions: added, removed and listed with netsh, for IPv4 and IPv6 alike. Success is judged by what it lists
// afterwards, since its messages are translated; by its exit code where that cannot be read.
// `netsh interface ipv4|ipv6 add|delete excludedportrange protocol= startport= numberofports= store=`

import type { ExcludedRange, PortRun, TransportProtocol } from "../host-ports.js";
import type { IpFamily } from "../ip-address.js";
import { NativeError } from "../native-error.js";
import { lastPortOf } from "../port-runs.js";
import type { Netsh, NetshResult } from "./netsh.js";
import { parseDynamicRange, parseExcludedRanges } from "./netsh-output.js";

const families: readonly IpFamily[] = ["ipv4", "ipv6"];

export class Exclusions {
  readonly #netsh: Netsh;

  constructor(netsh: Netsh) {
    this.#netsh = netsh;
  }

  /** All ranges of both families, administered or not, each once; `null` when netsh tells nothing. */
  async list(protocol: TransportProtocol): Promise<readonly ExcludedRange[] | null> {
    const lists = await Promise.all(
      families.map(async (family) => {
        const { output } = await this.#netsh.run(showArguments(family, protocol));
        return parseExcludedRanges(output);
      }),
    );
    return union(lists);
  }

  /** The ports that Windows itself picks from; both families share it. `null` when netsh does not tell. */
  async dynamicRange(protocol: TransportProtocol): Promise<PortRun | null> {
    const { output } = await this.#netsh.run([
      "interface",
      "ipv4",
      "show",
      "dynamicport",
      protocol,
    ]);
    return parseDynamicRange(output);
  }

  /** Whether exactly this run is excluded by an administrator; `null` when netsh tells nothing. */
  async has(protocol: TransportProtocol, run: PortRun): Promise<boolean | null> {
    const ranges = await this.list(protocol);
    return ranges?.some((range) => range.administered && isSame(range, run)) ?? null;
  }

  /**
   * Excludes the run for both families, until it is deleted. Answers what netsh said when it did not work; then nothing stays.
   * Windows is said to keep one list for both (https://bigfix.me/fixlet/details/27007): where IPv6 has the run then, it is not
   * added again. Needs elevation.
   */
  async add(protocol: TransportProtocol, run: PortRun): Promise<NetshResult | null> {
    const forIpv4 = await this.#change("ipv4", "add", protocol, run);
    if (!((await this.#lists("ipv4", protocol, run)) ?? succeeded(forIpv4))) return forIpv4;
    if ((await this.#lists("ipv6", protocol, run)) ?? succeeded(forIpv4)) return null;
    const forIpv6 = await this.#change("ipv6", "add", protocol, run);
    if ((await this.#lists("ipv6", protocol, run)) ?? succeeded(forIpv6)) return null;
    await this.#change("ipv4", "delete", protocol, run);
    return forIpv6;
  }

  /** `null` when the run is in neither list afterwards, else what netsh said. */
  async remove(protocol: TransportProtocol, run: PortRun): Promise<NetshResult | null> {
    const forIpv4 = await this.#change("ipv4", "delete", protocol, run);
    if ((await this.#lists("ipv4", protocol, run)) ?? !succeeded(forIpv4)) return forIpv4;
    if (!((await this.#lists("ipv6", protocol, run)) ?? !succeeded(forIpv4))) return null;
    const forIpv6 = await this.#change("ipv6", "delete", protocol, run);
    return ((await this.#lists("ipv6", protocol, run)) ?? !succeeded(forIpv6)) ? forIpv6 : null;
  }

  /**
   * Removes the exclusion of the run, or those within it that a block was made of when it came back around bound ports. Resolves
   * with how many there were. Throws NativeError, also when it cannot be told what there is.
   */
  async removeWithin(protocol: TransportProtocol, run: PortRun): Promise<number> {
    const listed = await this.list(protocol);
    if (listed === null) throw unreadable(run);
    const parts = exclusionsWithin(listed, run);
    for (const part of parts) {
      const refused = await this.remove(protocol, part);
      if (refused !== null) throw netshError("delete", protocol, part, refused);
    }
    return parts.length;
  }

  #change(
    family: IpFamily,
    what: "add" | "delete",
    protocol: TransportProtocol,
    run: PortRun,
  ): Promise<NetshResult> {
    return this.#netsh.run(changeArguments(family, what, protocol, run));
  }

  /** `null`: netsh tells nothing. */
  async #lists(
    family: IpFamily,
    protocol: TransportProtocol,
    run: PortRun,
  ): Promise<boolean | null> {
    const { output } = await this.#netsh.run(showArguments(family, protocol));
    const ranges = parseExcludedRanges(output);
    return ranges?.some((range) => range.administered && isSame(range, run)) ?? null;
  }
}

/** The administered ones that lie in the run: those that it is made of, since none overlaps it while it is excluded. */
export function exclusionsWithin(
  ranges: readonly ExcludedRange[],
  run: PortRun,
): readonly ExcludedRange[] {
  return ranges.filter(
    (range) =>
      range.administered &&
      range.firstPort >= run.firstPort &&
      lastPortOf(range) <= lastPortOf(run),
  );
}

/** The error of a change that netsh did not make. */
export function netshError(
  what: "add" | "delete",
  protocol: TransportProtocol,
  run: PortRun,
  { exitCode, output }: NetshResult,
): NativeError {
  const said = output.toString("latin1").replaceAll(/\s+/g, " ").trim();
  return new NativeError(
    "OS_ERROR",
    `netsh did not ${what} the port exclusion ${run.firstPort}-${lastPortOf(run)}: exit code ${exitCode}, "${said}". ` +
      `Run by hand: netsh ${changeArguments("ipv4", what, protocol, run).join(" ")}`,
    { api: "netsh", errorNumber: exitCode },
  );
}

function unreadable(run: PortRun): NativeError {
  return new NativeError(
    "OS_ERROR",
    `It cannot be told whether ports ${run.firstPort}-${lastPortOf(run)} are excluded: netsh lists nothing that can be read. ` +
      "Nothing was removed. Look yourself: netsh interface ipv4 show excludedportrange protocol=tcp",
    { api: "netsh" },
  );
}

function showArguments(family: IpFamily, protocol: TransportProtocol): readonly string[] {
  return ["interface", family, "show", "excludedportrange", `protocol=${protocol}`];
}

/** Until it is deleted (the store survives reboots), which is also netsh's default. */
function changeArguments(
  family: IpFamily,
  what: "add" | "delete",
  protocol: TransportProtocol,
  { firstPort, portCount }: PortRun,
): readonly string[] {
  return [
    "interface",
    family,
    what,
    "excludedportrange",
    `protocol=${protocol}`,
    `startport=${firstPort}`,
    `numberofports=${portCount}`,
    "store=persistent",
  ];
}

function union(
  lists: readonly (readonly ExcludedRange[] | null)[],
): readonly ExcludedRange[] | null {
  const known = lists.filter((list) => list !== null);
  if (known.length === 0) return null;
  const byText = new Map(known.flat().map((range) => [JSON.stringify(range), range]));
  return [...byText.values()].toSorted((a, b) => a.firstPort - b.firstPort);
}

function succeeded({ exitCode }: NetshResult): boolean {
  return exitCode === 0;
}

function isSame(a: PortRun, b: PortRun): boolean {
  return a.firstPort === b.firstPort && a.portCount === b.portCount;
}

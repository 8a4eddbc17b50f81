// What excluded ranges and the dynamic range have to do with a port, and who probably made an exclusion. Pure.
// Nothing names the maker of an exclusion; what is said about it goes by the shapes that people report, and says "probably".

import type { ExcludedRange, PortRun } from "@portlease/native";
import { isDenied, refusals, stopsBind } from "./bind-trials.js";
import type { GistedFinding, PortFacts } from "./port-facts.js";
import { portName, runText } from "./texts.js";

/**
 * Hyper-V's host network service (HNS, WinNAT) excludes consecutive blocks of 100 ports, elsewhere after each start of Windows.
 * https://github.com/docker/for-win/issues/3171 https://github.com/microsoft/WSL/issues/5306
 */
const hyperVBandPorts = { fewest: 90, most: 110 } as const;

export function rangeFindings(facts: PortFacts): readonly GistedFinding[] {
  const { excludedRanges, port, owner } = facts;
  const ours = owner?.block?.covered ?? false;
  if (excludedRanges === null) {
    return [exclusionsUnknown(facts), ...(ours ? [] : dynamicFindings(facts))];
  }
  const covering = excludedRanges.filter((range) => contains(range, port));
  const excluded = covering
    // A block of the broker's own shows up as an exclusion too, and is told as what it is.
    .filter(({ administered }) => administered || !ours)
    .map((range) =>
      range.administered
        ? administeredRange(facts, range)
        : exclusion(facts, range, excludedRanges),
    );
  return [...excluded, ...(covering.length > 0 || ours ? [] : dynamicFindings(facts))];
}

function exclusion(
  facts: PortFacts,
  range: ExcludedRange,
  all: readonly ExcludedRange[],
): GistedFinding {
  const gist = `it is inside the excluded range ${runText(range)}`;
  const what = `${portName(facts)} is inside the excluded range ${runText(range)}, in which no process may bind without the reservation's token`;
  const denied = refusals(facts).some(isDenied);
  const blocking = denied || (stopsBind(facts) && refusals(facts).length === 0);
  if (isHyperVBand(range, all)) {
    return {
      reason: "EXCLUDED_RANGE_HYPER_V",
      message:
        `${what}. It is one of several adjoining ranges of about 100 ports, which is how Hyper-V (WinNAT, HNS) takes ports ` +
        "for WSL, Docker and virtual machines; so it is probably theirs (https://github.com/docker/for-win/issues/3171).",
      remedy: hyperVRemedy(facts),
      blocking,
      gist: `${gist}, probably Hyper-V's`,
    };
  }
  if (range.portCount === 1) {
    return {
      reason: "EXCLUDED_RANGE_HTTP_SYS",
      message:
        `${what}. A range of a single port, as 5357 and 80 often are, is probably that of a web service in the kernel's ` +
        "HTTP server (http.sys).",
      remedy: "See which service has it: netsh http show servicestate",
      blocking,
      gist: `${gist}, probably that of http.sys`,
    };
  }
  return {
    reason: "EXCLUDED_RANGE",
    message: `${what}. Who made it is unknown: Windows does not say.`,
    remedy: `Use a port outside of every range of: ${showExclusions(facts)}`,
    blocking,
    gist,
  };
}

/** The folk cure is named only to warn of it: https://github.com/microsoft/WSL/issues/9418 */
function hyperVRemedy(facts: PortFacts): string {
  const { protocol, port } = facts;
  return (
    `Use a port outside of every range of: ${showExclusions(facts)} . To keep this one for good, run as administrator, at a ` +
    "moment when the range is not there (the ranges move when Windows starts): " +
    `netsh int ipv4 add excludedportrange protocol=${protocol} startport=${port} numberofports=1 store=persistent . ` +
    'Do not restart winnat ("net stop winnat") for it while WSL or containers run: that drops all their reservations and ' +
    "breaks their networking."
  );
}

function showExclusions({ protocol }: PortFacts): string {
  return `netsh int ipv4 show excludedportrange protocol=${protocol}`;
}

function administeredRange(facts: PortFacts, range: ExcludedRange): GistedFinding {
  const windows = facts.platform === "win32";
  const message = windows
    ? `${portName(facts)} is inside the administered exclusion ${runText(range)}: a process may bind it by naming it, but ` +
      "published container ports, http.sys and QUIC's port reservations are refused there."
    : `${portName(facts)} is reserved by net.ipv4.ip_local_reserved_ports (${runText(range)}): a process may bind it by ` +
      "naming it, and the system never picks it by itself.";
  const remedy = windows
    ? "Only for those: netsh int ipv4 delete excludedportrange " +
      `protocol=${facts.protocol} startport=${range.firstPort} numberofports=${range.portCount}`
    : "";
  const gist = `it is inside the administered exclusion ${runText(range)}`;
  return { reason: "ADMINISTERED_RANGE", message, remedy, blocking: false, gist };
}

function dynamicFindings(facts: PortFacts): readonly GistedFinding[] {
  const { dynamicRange, port, protocol, platform } = facts;
  if (dynamicRange === null || !contains(dynamicRange, port)) return [];
  const remedy =
    platform === "win32"
      ? "Use a port below the range, or keep this one out of it, as administrator: netsh int ipv4 add excludedportrange " +
        `protocol=${protocol} startport=${port} numberofports=1 store=persistent`
      : `Use a port outside of the range, or add ${port} to the list of: sysctl net.ipv4.ip_local_reserved_ports`;
  return [
    {
      reason: "DYNAMIC_RANGE",
      message:
        `${portName(facts)} is inside the range ${runText(dynamicRange)} from which the system picks ports by itself: any ` +
        "outgoing connection may take it at any moment.",
      remedy,
      blocking: false,
      gist: "the system may pick it by itself",
    },
  ];
}

function exclusionsUnknown(facts: PortFacts): GistedFinding {
  const windows = facts.platform === "win32";
  return {
    reason: "EXCLUSIONS_UNKNOWN",
    message: `The excluded ranges of ${facts.protocol.toUpperCase()} could not be read, so whether one covers port ${facts.port} is unknown.`,
    remedy: windows ? `Look yourself: ${showExclusions(facts)}` : "",
    blocking: false,
    gist: "the excluded ranges could not be read",
  };
}

function isHyperVBand(range: ExcludedRange, all: readonly ExcludedRange[]): boolean {
  const bands = all.filter(isBandSized);
  return (
    isBandSized(range) &&
    bands.some((other) => endOf(other) === range.firstPort || endOf(range) === other.firstPort)
  );
}

function isBandSized({ administered, portCount }: ExcludedRange): boolean {
  return !administered && portCount >= hyperVBandPorts.fewest && portCount <= hyperVBandPorts.most;
}

/** The port after the last one. */
function endOf({ firstPort, portCount }: PortRun): number {
  return firstPort + portCount;
}

function contains(run: PortRun, port: number): boolean {
  return port >= run.firstPort && port < endOf(run);
}

// What the sockets on a port mean for a bind: who listens, who is bound, what is left of connections. Pure.

import { refusals, stopsBind } from "./bind-trials.js";
import type { GistedFinding, PortFacts, SocketFact } from "./port-facts.js";
import { endpointText, portName, processText, someOf } from "./texts.js";

/**
 * Windows' process "System", in whose name the kernel listens: the HTTP server for every web service that uses it, which
 * https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/netsh-http shows, and the file server.
 */
const systemProcessId = 4;
const fileServerPorts: ReadonlySet<number> = new Set([139, 445]);

const wildcards: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

export function socketFindings(facts: PortFacts): readonly GistedFinding[] {
  const { sockets } = facts;
  if (sockets === null) return [socketsUnknown(facts)];
  const inState = (...states: readonly SocketFact["state"][]): readonly SocketFact[] =>
    sockets.filter(({ state }) => states.includes(state));
  const serving = inState("listen", "bound");
  const [orphaned, owned] = split(serving, isOrphaned);
  const [kernel, ordinary] = split(owned, (socket) => isHttpSys(facts, socket));
  const findings = [
    orphanedFinding(facts, orphaned),
    httpSysFinding(facts, kernel),
    servingFinding(facts, ordinary),
    serving.length === 0 ? boundUnlistenedFinding(facts) : null,
    connectedFinding(facts, inState("established", "other"), serving.length > 0),
    timeWaitFinding(facts, inState("time-wait").length, serving.length > 0),
    sharedAddressesFinding(facts, serving),
  ];
  return findings.filter((finding) => finding !== null);
}

function servingFinding(facts: PortFacts, sockets: readonly SocketFact[]): GistedFinding | null {
  if (sockets.length === 0) return null;
  const udp = facts.protocol === "udp";
  const several = ownersOf(facts, sockets).length > 1;
  const verb = udp
    ? several
      ? "are bound to"
      : "is bound to"
    : several
      ? "listen on"
      : "listens on";
  const gist = `${whoText(facts, sockets)} ${verb} ${placesText(facts, sockets)}`;
  return {
    reason: udp ? "BOUND" : "LISTENING",
    message: `${capital(gist)}.`,
    remedy: stopRemedy(facts, sockets),
    blocking: stopsBind(facts),
    gist,
  };
}

function orphanedFinding(facts: PortFacts, sockets: readonly SocketFact[]): GistedFinding | null {
  const [first] = sockets;
  if (first === undefined) return null;
  const { processId } = first;
  return {
    reason: "ORPHANED_SOCKET",
    message:
      `A socket on ${placesText(facts, sockets)} belongs to process ${processId}, which does not exist any more: a child ` +
      "that inherited the socket, or a process that it was handed to, keeps it open.",
    remedy:
      facts.platform === "win32"
        ? `Find and end its children: Get-CimInstance Win32_Process -Filter "ParentProcessId=${processId}"`
        : ssCommand(facts),
    blocking: stopsBind(facts),
    gist: `a socket of process ${processId}, which does not exist any more, is still open on it`,
  };
}

function httpSysFinding(facts: PortFacts, sockets: readonly SocketFact[]): GistedFinding | null {
  if (sockets.length === 0) return null;
  return {
    reason: "HTTP_SYS",
    message:
      `The kernel itself (process ${systemProcessId}, System) listens on ${placesText(facts, sockets)}: probably its HTTP ` +
      "server (http.sys), for a web service such as IIS, WinRM or a program that uses HttpListener.",
    remedy: "See which service has it: netsh http show servicestate",
    blocking: stopsBind(facts),
    gist: `the kernel itself (process ${systemProcessId}, System), probably http.sys, listens on it`,
  };
}

/** Tables of TCP leave out sockets that are bound and do nothing yet; the system may still say who has one. */
function boundUnlistenedFinding(facts: PortFacts): GistedFinding | null {
  const { holders, owner, sockets } = facts;
  if (holders.length === 0 || owner?.block?.covered === true) return null;
  // Connections have owners as well, and those are told with them.
  if ((sockets ?? []).some(({ state }) => state !== "time-wait")) return null;
  const who = holders.map(({ processId, processName }) => processText(processId, processName));
  const gist = `${someOf(who)} has a socket bound to it without listening`;
  return {
    reason: "BOUND",
    message: `${capital(someOf(who))} has a socket bound to ${portName(facts)} without listening.`,
    remedy: `Use another port, or stop the process: ${stopCommand(
      facts,
      holders.map(({ processId }) => processId),
    )}`,
    blocking: stopsBind(facts),
    gist,
  };
}

function connectedFinding(
  facts: PortFacts,
  sockets: readonly SocketFact[],
  served: boolean,
): GistedFinding | null {
  if (sockets.length === 0) return null;
  const ends = sockets.map((s) => endpointText(s.remoteAddress, s.remotePort));
  const blocking = !served && stopsBind(facts);
  const open = sockets.filter(({ state }) => state === "established").length;
  return {
    reason: "CONNECTED",
    message:
      `${sockets.length} ${sockets.length === 1 ? "connection has" : "connections have"} ${portName(facts)} as local port ` +
      `(${open} established), with ${someOf(ends)}${served ? "" : `; ${whoText(facts, sockets)} has them`}.`,
    remedy: blocking ? `End the connections, or use another port. ${ssCommand(facts)}` : "",
    blocking,
    gist: "connections have it as their local port",
  };
}

/** Linux keeps the state for 60 s: https://github.com/torvalds/linux/blob/v6.18/include/net/tcp.h (TCP_TIMEWAIT_LEN) */
function timeWaitFinding(facts: PortFacts, count: number, served: boolean): GistedFinding | null {
  if (count === 0) return null;
  // With a live process on the port, that one is the reason.
  const blocking = !served && facts.holders.length === 0 && refusals(facts).length > 0;
  const howLong = facts.platform === "win32" ? "a few minutes at most" : "60 seconds at most";
  return {
    reason: "TIME_WAIT",
    message:
      `${count} ended ${count === 1 ? "connection" : "connections"} of ${portName(facts)} ${count === 1 ? "rests" : "rest"} in ` +
      `TIME_WAIT, for ${howLong}${blocking ? "" : "; programs that set SO_REUSEADDR, as Node does on POSIX, bind all the same"}.`,
    remedy: blocking ? "Wait, or let the server set SO_REUSEADDR before it listens." : "",
    blocking,
    gist: "ended connections of it rest in TIME_WAIT",
  };
}

/**
 * The more specific address gets the connections: a server on the other one is never reached there. Windows allows it between
 * ordinary sockets: https://learn.microsoft.com/en-us/windows/win32/winsock/using-so-reuseaddr-and-so-exclusiveaddruse
 */
function sharedAddressesFinding(
  facts: PortFacts,
  sockets: readonly SocketFact[],
): GistedFinding | null {
  if (facts.protocol === "udp") return null;
  const wide = sockets.filter(({ localAddress }) => wildcards.has(localAddress));
  const narrow = sockets.filter(({ localAddress }) => !wildcards.has(localAddress));
  const shadowed = narrow.filter((socket) => wide.some((other) => covers(other, socket)));
  if (shadowed.length === 0) return null;
  const sure = shadowed.every(({ family }) => wide.some((other) => other.family === family));
  return {
    reason: "ADDRESSES_SHARED",
    message:
      `${portName(facts)} is listened on twice, at ${placesText(facts, wide)} and at ${placesText(facts, shadowed)}: ` +
      "connections to the specific address reach the server there and never the one on all addresses" +
      (sure ? "." : ", unless the latter is for IPv6 only."),
    remedy: "Stop one of the two, or give them different ports.",
    blocking: false,
    gist: "it is listened on twice",
  };
}

function covers(wide: SocketFact, narrow: SocketFact): boolean {
  // A "::" socket usually takes IPv4 too, and no table says whether it does.
  return wide.localAddress === "::" || wide.family === narrow.family;
}

function socketsUnknown(facts: PortFacts): GistedFinding {
  return {
    reason: "SOCKETS_UNKNOWN",
    message: `The sockets of this host could not be read, so who uses ${portName(facts)} is unknown.`,
    remedy: "",
    blocking: false,
    gist: "the sockets of this host could not be read",
  };
}

function isOrphaned({ processAlive }: SocketFact): boolean {
  return processAlive === false;
}

function isHttpSys({ platform, protocol, port }: PortFacts, { processId }: SocketFact): boolean {
  const ofKernel = platform === "win32" && protocol === "tcp" && processId === systemProcessId;
  return ofKernel && !fileServerPorts.has(port);
}

/** Owners by the table, else by the holders of the port, else unknown. */
function whoText(facts: PortFacts, sockets: readonly SocketFact[]): string {
  const named = ownersOf(facts, sockets).map(([id, name]) => processText(id, name));
  return named.length === 0 ? "a process that this user may not see" : someOf(named);
}

function ownersOf(
  { holders }: PortFacts,
  sockets: readonly SocketFact[],
): readonly (readonly [number, string | null])[] {
  const owners = new Map<number, string | null>();
  for (const { processId, processName } of sockets) {
    // 0 is how Windows says that nobody has it any more, and how Wine says that it does not know.
    if (processId !== null && processId !== 0) owners.set(processId, processName);
  }
  if (owners.size === 0) {
    for (const { processId, processName } of holders) owners.set(processId, processName);
  }
  return [...owners];
}

function stopRemedy(facts: PortFacts, sockets: readonly SocketFact[]): string {
  const processIds = ownersOf(facts, sockets).map(([processId]) => processId);
  if (processIds.length === 0) return `Find out who it is. ${ssCommand(facts)}`;
  const stop = stopCommand(facts, processIds);
  return `Use another port, or stop ${processIds.length === 1 ? "the process" : "the processes"}: ${stop}`;
}

function stopCommand({ platform }: PortFacts, processIds: readonly number[]): string {
  return platform === "win32"
    ? `Stop-Process -Id ${processIds.join(",")}`
    : `kill ${processIds.join(" ")}`;
}

function ssCommand({ platform, protocol, port }: PortFacts): string {
  if (platform === "win32") return `Run as administrator: netstat -abno -p ${protocol}`;
  const flags = protocol === "tcp" ? "-atnp" : "-aunp";
  return `Run as root: ss ${flags} 'sport = :${port}'`;
}

function placesText({ port }: PortFacts, sockets: readonly SocketFact[]): string {
  const places = new Set(sockets.map(({ localAddress }) => endpointText(localAddress, port)));
  return someOf([...places]);
}

function split<T>(
  items: readonly T[],
  test: (item: T) => boolean,
): readonly [readonly T[], readonly T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

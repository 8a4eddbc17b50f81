// Collects what this host knows about a port, for the broker and for the CLI alike. What cannot be read is `null`: unknown.
// The trial binds really bind, one address after the other, and let go at once.

import type { HostPorts, ObservedSocket, PortHolder, TransportProtocol } from "@portlease/native";
import type { PortFacts, PortOwner, SocketFact, TrialFact } from "./port-facts.js";

/** All addresses in both families, and the two that programs for one machine use. */
const trialAddresses = ["0.0.0.0", "::", "127.0.0.1", "::1"] as const;

export interface FactSources {
  readonly hostPorts: HostPorts;
  /** See the native function of this name. */
  readonly unprivilegedPortStart: () => Promise<number | null>;
}

/** `port` is 1 to 65535. `owner`: what the broker has on the port, `null` when no broker was asked. Takes milliseconds. */
export async function gatherPortFacts(
  { hostPorts, unprivilegedPortStart }: FactSources,
  protocol: TransportProtocol,
  port: number,
  owner: PortOwner | null,
): Promise<PortFacts> {
  const { platform } = hostPorts.capabilities();
  const [observed, holders, excludedRanges, dynamicRange, portStart] = await Promise.all([
    orNull(() => hostPorts.observeSockets(protocol)),
    orNull(() => hostPorts.findHolders(protocol, [port])),
    orNull(() => hostPorts.excludedRanges(protocol)),
    orNull(() => hostPorts.dynamicRange(protocol)),
    orNull(unprivilegedPortStart),
  ]);
  const found = holders?.get(port) ?? [];
  const sockets = observed?.filter(({ localPort }) => localPort === port) ?? null;
  return {
    platform,
    protocol,
    port,
    owner,
    sockets: sockets?.map((socket) => socketFact(hostPorts, socket, found)) ?? null,
    holders: found,
    excludedRanges,
    dynamicRange,
    unprivilegedPortStart: portStart,
    trials: trialAddresses.map((address) => tryOne(hostPorts, protocol, address, port)),
  };
}

function socketFact(
  hostPorts: HostPorts,
  socket: ObservedSocket,
  holders: readonly PortHolder[],
): SocketFact {
  const { family, localAddress, remoteAddress, remotePort, state, processId } = socket;
  const place = { family, localAddress, remoteAddress, remotePort, state, processId };
  if (processId === null) return { ...place, processName: null, processAlive: null };
  // Windows names every process that there is, also one that may not be looked at; "" is one that is gone.
  const name = holders.find((holder) => holder.processId === processId)?.processName ?? "";
  const known = name === "" ? null : name;
  const identity = identify(hostPorts, processId);
  const processAlive = identity === "unknown" ? null : identity !== null || known !== null;
  const identified = identity === "unknown" ? null : (identity?.processName ?? null);
  return { ...place, processName: known ?? identified, processAlive };
}

function tryOne(
  hostPorts: HostPorts,
  protocol: TransportProtocol,
  address: string,
  port: number,
): TrialFact {
  try {
    return { address, trial: hostPorts.tryBind(protocol, address, port) };
  } catch {
    // Such as no descriptor left: says nothing about the port.
    return { address, trial: null };
  }
}

function identify(
  hostPorts: HostPorts,
  processId: number,
): ReturnType<HostPorts["identifyProcess"]> | "unknown" {
  try {
    return hostPorts.identifyProcess(processId);
  } catch {
    return "unknown";
  }
}

/** Whatever the reason is for which it cannot be read, the answer is that it is unknown. */
async function orNull<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch {
    return null;
  }
}

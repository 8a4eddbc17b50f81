// A run of port numbers, both ends inclusive, as a value. Knows numbers only, nothing of sockets or leases.

/** Inclusive: firstPort to lastPort, 1 to 65535, never empty. */
export interface PortRange {
  readonly firstPort: number;
  readonly lastPort: number;
}

export const lowestPort = 1;
export const highestPort = 65_535;

/** `null` when the range is empty or leaves 1 to 65535. */
export function portRange(firstPort: number, portCount: number): PortRange | null {
  const lastPort = firstPort + portCount - 1;
  const valid =
    Number.isInteger(firstPort) &&
    Number.isInteger(portCount) &&
    portCount >= 1 &&
    firstPort >= lowestPort &&
    lastPort <= highestPort;
  return valid ? { firstPort, lastPort } : null;
}

export function portCountOf(range: PortRange): number {
  return range.lastPort - range.firstPort + 1;
}

export function containsPort(range: PortRange, port: number): boolean {
  return port >= range.firstPort && port <= range.lastPort;
}

/** "20000" or "20000-20255". */
export function formatPortRange(range: PortRange): string {
  return range.firstPort === range.lastPort
    ? String(range.firstPort)
    : `${range.firstPort}-${range.lastPort}`;
}

/** In rising order. */
export function eachPort(range: PortRange): number[] {
  return Array.from({ length: portCountOf(range) }, (_, index) => range.firstPort + index);
}

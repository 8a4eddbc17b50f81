// The small pieces of which the sentences of findings are made.

import type { PortRun, TransportProtocol } from "@portlease/native";

/** "TCP port 8080" */
export function portName({
  protocol,
  port,
}: {
  readonly protocol: TransportProtocol;
  readonly port: number;
}): string {
  return `${protocol.toUpperCase()} port ${port}`;
}

/** "8080" or "8080-8179" */
export function runText({ firstPort, portCount }: PortRun): string {
  return portCount === 1 ? String(firstPort) : `${firstPort}-${firstPort + portCount - 1}`;
}

/** "a", "a and b", "a, b and c" */
export function listText(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}

/** "0.0.0.0:8080" or "[::]:8080" */
export function endpointText(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

export function processText(processId: number, processName: string | null): string {
  return processName === null || processName === ""
    ? `process ${processId}`
    : `process ${processId} (${processName})`;
}

/** How many entries of a list are worth reading; a port can have thousands of sockets. */
export const shownMax = 6;

/** The first few, and how many more there are. */
export function someOf(words: readonly string[]): string {
  if (words.length <= shownMax) return listText(words);
  return `${words.slice(0, shownMax).join(", ")} and ${words.length - shownMax} more`;
}

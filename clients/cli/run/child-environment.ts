// The environment of a program under `portlease run`: what it leased, and what its handover adds. Never the holder key.

import type { LeasedPort } from "./handover.js";
import { variablePart, type ProgramPort } from "./program-ports.js";
import { fillTemplate } from "./templates.js";

/** A variable that the user asks for. */
export interface AskedVariable {
  readonly name: string;
  /** See templates.ts. */
  readonly template: string;
}

/** A lease and its ports, in the order of the user. At least one. */
export interface ProgramLease {
  /** From `--lease`; `null` without. */
  readonly name: string | null;
  readonly leaseId: string;
  readonly generation: bigint;
}

export interface ToldToChild {
  readonly leases: readonly ProgramLease[];
  /** As leased. */
  readonly leasedPorts: readonly Pick<LeasedPort, "port">[];
  /** As the program is to use them: the same, unless somebody forwards to it. */
  readonly programPorts: readonly ProgramPort[];
  /** The broker's. */
  readonly brokerAddress: string;
  readonly asked: readonly AskedVariable[];
  /** Whether "Path" and "PATH" are one variable, as on Windows; false unless told. */
  readonly hasCaselessNames?: boolean;
  /** What the handover adds. */
  readonly added: Readonly<Record<string, string>>;
}

/** Of another `portlease run` or a socket activation around us, which hand nothing over to the program. */
const staleNames: ReadonlySet<string> = new Set([
  "PORTLEASE_HOLDER_KEY",
  "PORTLEASE_SOCKET",
  "LISTEN_FDS",
  "LISTEN_PID",
  "LISTEN_FDNAMES",
  // Of another process it makes sd_listen_fds() find no sockets.
  "LISTEN_PIDFDID",
  "SYSTEMFD_SOCKET_SERVER",
  "SYSTEMFD_SOCKET_SECRET",
]);

/** docs/run.md lists the variables. LISTEN_PID is missing: only the child itself knows it (posix-launcher.ts). */
export function childEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
  { leases, leasedPorts, programPorts, brokerAddress, asked, hasCaselessNames, added }: ToldToChild,
): Record<string, string | undefined> {
  const environment: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(inherited)) {
    // Names on Windows have no case.
    if (!staleNames.has(name.toUpperCase())) environment[name] = value;
  }
  const first = leases[0];
  Object.assign(environment, {
    PORT: fillTemplate("{port}", programPorts),
    PORTLEASE_PORT: String(leasedPorts[0]?.port),
    PORTLEASE_PORTS: leasedPorts.map(({ port }) => port).join(","),
    PORTLEASE_LEASE_ID: first?.leaseId,
    PORTLEASE_GENERATION: first?.generation.toString(),
    PORTLEASE_ADDRESS: brokerAddress,
  });
  for (const { name, port } of programPorts) {
    if (name !== null) environment[`PORT_${variablePart(name)}`] = String(port);
  }
  for (const { name, leaseId, generation } of leases) {
    if (name === null) continue;
    environment[`PORTLEASE_LEASE_ID_${variablePart(name)}`] = leaseId;
    environment[`PORTLEASE_GENERATION_${variablePart(name)}`] = generation.toString();
  }
  Object.assign(environment, added);
  for (const { name, template } of asked) {
    // Of two that differ in case, Windows gets the first in alphabetical order: https://nodejs.org/api/child_process.html
    if (hasCaselessNames === true) deleteAnyCase(environment, name);
    environment[name] = fillTemplate(template, programPorts);
  }
  return environment;
}

function deleteAnyCase(environment: Record<string, string | undefined>, name: string): void {
  for (const other of Object.keys(environment)) {
    if (other.toUpperCase() === name.toUpperCase()) delete environment[other];
  }
}

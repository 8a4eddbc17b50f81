// The environment of a program under `portlease run`: what it leased, and how to take its sockets over. Never the holder key.

/** The first descriptor that is passed: https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html */
export const firstPassedDescriptor = 3;

export interface LeasedPorts {
  readonly leaseId: string;
  readonly port: number;
  readonly portCount: number;
  readonly generation: bigint;
  /** The broker's. */
  readonly brokerAddress: string;
}

export interface PassedOn {
  /** More names for the first port. */
  readonly names: readonly string[];
  /** One listening socket per port, or 0 where the program binds by itself. */
  readonly socketCount: number;
}

/**
 * PORT, PORTLEASE_PORT (the first port), PORTLEASE_PORTS (all, with commas), PORTLEASE_LEASE_ID, PORTLEASE_GENERATION,
 * PORTLEASE_ADDRESS, LISTEN_FDS and LISTEN_FDNAMES (where sockets are passed), and the names asked for, which hold the
 * first port too. LISTEN_PID is missing: only the child itself knows it (start-child.ts).
 */
export function childEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
  leased: LeasedPorts,
  { names, socketCount }: PassedOn,
): Record<string, string | undefined> {
  const { port, portCount } = leased;
  const ports = Array.from({ length: portCount }, (_, offset) => port + offset);
  const environment: Record<string, string | undefined> = {
    ...inherited,
    PORT: String(port),
    PORTLEASE_PORT: String(port),
    PORTLEASE_PORTS: ports.join(","),
    PORTLEASE_LEASE_ID: leased.leaseId,
    PORTLEASE_GENERATION: leased.generation.toString(),
    PORTLEASE_ADDRESS: leased.brokerAddress,
  };
  if (socketCount > 0) {
    environment["LISTEN_FDS"] = String(socketCount);
    environment["LISTEN_FDNAMES"] = Array.from({ length: socketCount }, () => "portlease").join(
      ":",
    );
  }
  for (const name of names) environment[name] = String(port);
  // Whoever started us may have one; the key of another lease is no business of the child either. Names on Windows have no case.
  for (const name of Object.keys(inherited)) {
    if (name.toUpperCase() === "PORTLEASE_HOLDER_KEY") delete environment[name];
  }
  return environment;
}

// Finds a port for the program behind `--proxy`. It is told to programs that know nothing of portlease, so nothing can be bound
// for them in advance; what can be done is to take a number that nobody uses and that nobody is going to get by chance.

import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer, type ListenOptions, type Server } from "node:net";
import { CliFailure } from "../../cli-failure.js";
import { exitCodes } from "../../exit-codes.js";

/**
 * Below the ports that systems pick from for outgoing connections and for port 0, which are 32,768 and up on Linux
 * (https://docs.kernel.org/networking/ip-sysctl.html, ip_local_port_range) and 49,152 and up on Windows
 * (https://learn.microsoft.com/en-us/troubleshoot/windows-server/networking/default-dynamic-port-range-tcpip-chang).
 */
const firstPort = 10_000;
const lastPort = 32_767;

/** A block of the broker may fill most of that range, and its ports cannot be bound. */
const triesMax = 500;

export interface PrivatePort {
  readonly port: number;
  /** Others may have the number from now on. Idempotent. */
  readonly close: () => Promise<void>;
}

/**
 * A TCP port that was free on all addresses a moment ago, and that no other `portlease run` takes before it is closed (on Linux
 * and Windows). Rejects with CliFailure when none is found.
 */
export async function choosePrivatePort(
  pick: () => number = () => randomInt(firstPort, lastPort + 1),
): Promise<PrivatePort> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const port = pick();
    const claim = await claimNumber(port);
    if (claim === "taken") continue;
    if (await isFree(port)) return { port, close: () => closed(claim) };
    await closed(claim);
  }
  throw new CliFailure(
    exitCodes.failure,
    "NO_PRIVATE_PORT",
    "",
    `no free port was found for the program among ${triesMax} from ${firstPort} to ${lastPort}; name where it listens with ` +
      "--proxy-to, or use --proxy-to {socket}, which needs no port",
  );
}

/**
 * Two at the same moment could both find a number free. A name that only one process can have decides: an abstract socket, which
 * is of the network namespace as ports are (https://man7.org/linux/man-pages/man7/unix.7.html), or a named pipe. `null`: there is
 * no such name on this system.
 */
async function claimNumber(port: number): Promise<Server | "taken" | null> {
  const path = claimPath(port);
  if (path === null) return null;
  const claim = createServer((connection) => connection.destroy());
  return (await listens(claim, { path })) ? claim : "taken";
}

function claimPath(port: number): string | null {
  const name = `portlease-private-port-${port}`;
  if (process.platform === "linux") return `\0${name}`;
  return process.platform === "win32" ? `\\\\.\\pipe\\${name}` : null;
}

/** One address after the other: on Windows a socket for all addresses may be bound beside one for a single address. */
async function isFree(port: number): Promise<boolean> {
  for (const host of ["127.0.0.1", "::"]) {
    const server = createServer();
    if (!(await listens(server, { host, port, exclusive: true }))) return false;
    await closed(server);
  }
  return true;
}

/** An address that this host does not have is not in anybody's way. */
const noSuchAddress: ReadonlySet<string> = new Set(["EAFNOSUPPORT", "EADDRNOTAVAIL"]);

async function listens(server: Server, where: ListenOptions): Promise<boolean> {
  try {
    server.listen(where);
    await once(server, "listening");
    return true;
  } catch (error) {
    return noSuchAddress.has((error as NodeJS.ErrnoException).code ?? "");
  }
}

async function closed(server: Server | null): Promise<void> {
  if (server?.listening !== true) return;
  server.close();
  await once(server, "close");
}

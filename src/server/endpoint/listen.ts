// Where the broker listens: on the address that was asked for, through its own reservation where the host has such; where that
// port cannot be had, on a local socket and a port that the operating system chooses (semantics.md 20).

import { rmSync } from "node:fs";
import type { Server } from "node:net";
import {
  type BindLeasedRequest,
  type BoundSocket,
  type ExcludedRange,
  type LesseeSockets,
  NativeError,
} from "@portlease/native";
import type { OwnPort } from "../blocks/reserve-own-ports.js";
import { formatListenAddress, type ListenAddress } from "../config/listen-address.js";
import { literalAddress, type Resolve } from "./literal-address.js";
import type { BlockReservation } from "../domain/boundaries.js";
import type { Log } from "../log.js";
import { StartError } from "../start-error.js";

/** As the servers for gRPC and for HTTP have it. */
export interface Listening {
  listen(address: ListenAddress): Promise<string>;
  listenWith(open: (listener: Server) => Promise<void>): Promise<string>;
}

export interface EndpointParts {
  readonly server: Listening;
  readonly bindLeased: LesseeSockets["bindLeased"];
  /** Makes a server listen on a bound socket, as listenOnLeased of the native layer. */
  readonly listenOnBound: (server: Server, socket: BoundSocket) => Promise<void>;
  readonly excludedRanges: () => Promise<readonly ExcludedRange[] | null>;
  readonly localSocketPath: string;
  /** Whether callers on other hosts are served over TLS. */
  readonly secured: boolean;
  readonly resolve: Resolve;
  readonly pause: (durationMs: number) => Promise<void>;
  readonly log: Log;
}

/**
 * How long a reserved port is waited for. Nobody else can have it, but connections that the last broker accepted keep it from being
 * bound exclusively until they are gone:
 * https://learn.microsoft.com/windows/win32/winsock/using-so-reuseaddr-and-so-exclusiveaddruse
 */
const bindTriesMax = 20;
const bindAgainAfterMs = 500;

const elsewhere =
  "the port cannot be had: the broker listens on a port that the operating system chooses, and on a local socket; " +
  "clients find it by its discovery file";

export interface EndpointWish {
  readonly address: ListenAddress;
  /** "on": listen on the local socket in any case; "auto": only where the address cannot be had; "off": never. */
  readonly localSocket: "auto" | "on" | "off";
}

/** Resolves with what clients connect to, the best first. Rejects with StartError when there is nothing. */
export async function listenForClients(
  parts: EndpointParts,
  { address: wanted, localSocket }: EndpointWish,
  own: OwnPort,
): Promise<readonly string[]> {
  const { server } = parts;
  const address = await literalAddress(wanted, parts.secured, parts.resolve);
  const local = async (): Promise<string> =>
    server.listenWith((listener) => listenLocally(listener, parts.localSocketPath));
  if (own.state === "ordinary") {
    const main = await server.listen(address);
    return localSocket === "on" ? [main, await local()] : [main];
  }
  const refusal =
    own.state === "refused" ? own.error : await throughReservation(parts, address, own);
  if (typeof refusal === "string") {
    return localSocket === "on" ? [refusal, await local()] : [refusal];
  }
  await tellRefusal(parts, elsewhere, address, refusal);
  const chosen = await server.listen({ ...address, port: 0 });
  if (localSocket === "off") return [chosen];
  try {
    return [chosen, await local()];
  } catch (error) {
    // Another broker has the name; whoever looks for this one finds its port.
    parts.log.warn("the local socket cannot be had", { path: parts.localSocketPath, error });
    return [chosen];
  }
}

/** The address, or why it cannot be had after all. */
export async function throughReservation(
  parts: Pick<EndpointParts, "server" | "bindLeased" | "listenOnBound" | "pause" | "log">,
  { host, port }: ListenAddress,
  { reservation }: { readonly reservation: BlockReservation },
): Promise<string | Error> {
  try {
    const token = reservation.reservationsOf(port)[0]?.token ?? 0n;
    const socket = await bindWhenFree(parts, {
      protocol: "tcp",
      port,
      address: host,
      ipv6Only: false,
      // This process made the reservation: its own token serves it, whatever the kind.
      bindMethod: token === 0n ? "plain" : "associate",
      token,
      tokenPortCount: 1,
    });
    return await parts.server.listenWith((listener) => parts.listenOnBound(listener, socket));
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

async function bindWhenFree(
  { bindLeased, pause, log }: Pick<EndpointParts, "bindLeased" | "pause" | "log">,
  request: BindLeasedRequest,
): Promise<BoundSocket> {
  for (let tries = 1; ; tries += 1) {
    try {
      return bindLeased(request);
    } catch (error) {
      const taken = error instanceof NativeError && error.code === "PORT_TAKEN";
      if (!taken || tries === bindTriesMax) throw error;
      if (tries === 1)
        log.info("waiting until the broker's own port is free", { reason: error.message });
      await pause(bindAgainAfterMs);
    }
  }
}

/** A warning: `message`, and what else has the port. */
export async function tellRefusal(
  { excludedRanges, log }: Pick<EndpointParts, "excludedRanges" | "log">,
  message: string,
  address: ListenAddress,
  refusal: Error,
): Promise<void> {
  const ranges = await excludedRanges().catch(() => null);
  const around = ranges?.find(
    ({ firstPort, portCount }) => address.port >= firstPort && address.port < firstPort + portCount,
  );
  log.warn(message, {
    address: formatListenAddress(address),
    reason: refusal.message,
    ports:
      around === undefined
        ? undefined
        : `${around.firstPort}-${around.firstPort + around.portCount - 1} (excluded by the system)`,
  });
}

function listenLocally(listener: Server, path: string): Promise<void> {
  // What a killed broker left; the lock on the data directory says that no other one is alive. Pipes leave nothing.
  if (!path.startsWith("\\\\")) rmSync(path, { force: true });
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => reject(cannotListenLocally(path, error));
    listener.once("error", fail);
    listener.listen({ path }, () => {
      listener.off("error", fail);
      resolve();
    });
  });
}

function cannotListenLocally(path: string, error: NodeJS.ErrnoException): StartError {
  return new StartError(
    "CANNOT_LISTEN",
    `cannot listen on the local socket ${path} (${error.code}): perhaps another broker has it; stop that one, or do without ` +
      "with --local-socket off",
    error,
  );
}

// Binds leased ports for their holder on Linux and macOS: beside the broker's hold, or plainly where nothing is held.

import type {
  BindLeasedRequest,
  BoundSocket,
  LesseeSockets,
  PortHolder,
  TransportProtocol,
} from "../host-ports.js";
import { type IpAddress, parseIpAddress } from "../ip-address.js";
import { NativeError } from "../native-error.js";
import { OwnedSocket } from "../owned-socket.js";
import { checkPort } from "../port-runs.js";
import { EADDRINUSE, errnoName, socketFailure } from "./errno.js";
import type { PortSockets } from "./port-sockets.js";
import { describeTcpRow, isRemainder } from "./tcp-row.js";
import type { TcpTables } from "./tcp-tables.js";
import { describeUdpRow, type UdpTables } from "./udp-tables.js";

/** Who has sockets open, by inode. */
export type FindSocketHolders = (
  inodes: ReadonlySet<number>,
) => ReadonlyMap<number, readonly PortHolder[]>;

export class PosixLesseeSockets implements LesseeSockets {
  readonly #sockets: PortSockets;
  readonly #tables: TcpTables;
  readonly #udpTables: UdpTables;
  readonly #findSocketHolders: FindSocketHolders;

  constructor(
    sockets: PortSockets,
    tables: TcpTables,
    udpTables: UdpTables,
    findSocketHolders: FindSocketHolders,
  ) {
    this.#sockets = sockets;
    this.#tables = tables;
    this.#udpTables = udpTables;
    this.#findSocketHolders = findSocketHolders;
  }

  bindLeased(request: BindLeasedRequest): BoundSocket {
    checkSupported(request);
    const { port, protocol, address, ipv6Only, bindMethod } = request;
    checkPort(port);
    const sharePort = bindMethod === "share-port";
    const bound = this.#sockets.openBound({
      ip: parseAddress(address),
      port,
      protocol,
      ipv6Only,
      reusePort: sharePort,
      // A port that nobody holds is bound as any server binds it: else connections of the last one in TIME_WAIT would refuse it
      // for a minute. Beside a hold it must not be set before listen (host-ports.ts says why). A UDP socket with it would share
      // its port with any other that has it.
      reuseAddress: !sharePort && protocol === "tcp",
    });
    if (bound.descriptor !== null) {
      return new PosixBoundSocket(this.#sockets, protocol, bound.descriptor, port);
    }
    if (bound.errorNumber === EADDRINUSE) throw this.#taken(request);
    throw socketFailure("bind", bound.errorNumber, port, address);
  }

  openTransferred(): never {
    throw new NativeError(
      "UNSUPPORTED",
      "Sockets are handed over on Windows only. Bind as the lease says.",
    );
  }

  /** The kernel says only "in use". Its tables say more: who is there, and whether the hold is another user's. */
  #taken({ port, protocol, address, bindMethod }: BindLeasedRequest): NativeError {
    const rows =
      protocol === "tcp"
        ? this.#tables.rowsOn({ firstPort: port, portCount: 1 })
        : this.#udpTables.rowsOn(port);
    const owned = rows.filter((row) => !isRemainder(row));
    const byInode = this.#findSocketHolders(new Set(owned.map((row) => row.inode)));
    const holders = [...byInode.values()].flat();
    const fields = {
      api: "bind",
      errorNumber: EADDRINUSE,
      errorName: errnoName(EADDRINUSE),
      port,
      holders,
    };
    const userId = process.geteuid?.() ?? null;
    const stranger = owned.find((row) => row.state === "bound" && row.userId !== userId);
    if (bindMethod === "share-port" && stranger !== undefined) {
      return new NativeError(
        "WRONG_USER",
        `Port ${port} is held by user id ${stranger.userId} and this process runs as user id ${userId}: ` +
          "the kernel shares a held port among processes of one user only. Run this process as the broker's user.",
        fields,
      );
    }
    const [first] = owned;
    const describe = protocol === "tcp" ? describeTcpRow : describeUdpRow;
    const seen = first === undefined ? "" : ` (${describe(first)})`;
    return new NativeError(
      "PORT_TAKEN",
      `Port ${port} cannot be bound on ${address}: the address is in use${seen}${namesOf(holders)}. ` +
        (bindMethod === "share-port" ? sharePortCauses : "Stop the process that is bound to it."),
      fields,
    );
  }
}

const sharePortCauses =
  "Probable causes: the broker holds the port as another user, the broker stopped and another program took the port, " +
  "or this process is bound to it already. Run as the broker's user, or lease another port.";

function namesOf(holders: readonly PortHolder[]): string {
  if (holders.length === 0) return "";
  return ` by ${holders.map((h) => `process ${h.processId} (${h.processName})`).join(", ")}`;
}

class PosixBoundSocket extends OwnedSocket {
  readonly #sockets: PortSockets;
  readonly #protocol: TransportProtocol;

  constructor(sockets: PortSockets, protocol: TransportProtocol, descriptor: number, port: number) {
    super(descriptor, port, (owned) => sockets.close(owned));
    this.#sockets = sockets;
    this.#protocol = protocol;
  }

  /** UDP knows no TIME_WAIT. */
  prepareListen(): void {
    this.assertOwned("prepareListen");
    if (this.#protocol === "udp") return;
    this.#sockets.setReuseAddress(this.descriptor, this.port);
  }

  listen(backlog: number): void {
    this.prepareListen();
    this.#sockets.setBlocking(this.descriptor, this.port);
    // A UDP socket receives from its bind on.
    if (this.#protocol === "udp") return;
    this.#sockets.listen(this.descriptor, backlog, this.port);
  }
}

function parseAddress(address: string): IpAddress {
  const ip = parseIpAddress(address);
  if (ip !== null) return ip;
  throw new NativeError(
    "RANGE_INVALID",
    `"${address}" is not an IPv4 or IPv6 address. Give a literal without a zone, such as 127.0.0.1 or ::.`,
  );
}

function checkSupported({ bindMethod }: BindLeasedRequest): void {
  if (bindMethod === "share-port" || bindMethod === "plain") return;
  throw new NativeError(
    "UNSUPPORTED",
    `Ports are not bound by ${bindMethod} on this platform: that is how Windows does it. Bind as the lease says.`,
  );
}

// Puts the parts of the POSIX implementation together. Knows which part each platform gets; calls nothing else.

import { constants } from "node:os";
import type { HostPorts, LesseeSockets } from "../host-ports.js";
import { NativeError } from "../native-error.js";
import type { IpAddress } from "../ip-address.js";
import type { Libc } from "./bindings.js";
import { TcpPortHolds } from "./claim-port.js";
import { DescriptorLimit } from "./descriptor-limit.js";
import { EADDRNOTAVAIL } from "./errno.js";
import { LinuxHostFacts, UnknownHostFacts } from "./host-facts.js";
import { PosixHostPorts } from "./host-ports.js";
import type { PosixLayout } from "./layout.js";
import { PosixLesseeSockets } from "./lessee-sockets.js";
import { PortSockets } from "./port-sockets.js";
import { findSocketHoldersNow } from "./processes.js";
import { ReservedPortList } from "./reserved-port-list.js";
import { NetlinkTcpTables, NoTcpTables, ProcTcpTables, type TcpTables } from "./tcp-tables.js";
import { UdpPortHolds } from "./udp-holds.js";
import { NoUdpTables, ProcUdpTables, type UdpTables } from "./udp-tables.js";

/** `tables` is given by tests that play an older kernel. */
export function openPosixHostPorts(
  libc: Libc,
  layout: PosixLayout,
  tables: TcpTables = tcpTables(libc, layout),
): HostPorts {
  const { platform } = layout;
  const isLinux = platform === "linux";
  const elevated = process.geteuid?.() === 0;
  const sockets = new PortSockets(libc, layout);
  const ipv6 = hasIpv6(sockets);
  const wildcard: IpAddress = ipv6
    ? { family: "ipv6", bytes: new Uint8Array(16) }
    : { family: "ipv4", bytes: new Uint8Array(4) };
  const udpHolds = new UdpPortHolds(sockets, udpTables(layout), wildcard);
  return new PosixHostPorts({
    platform,
    elevated,
    kinds: isLinux && elevated ? ["held", "administered"] : ["held"],
    libc,
    sockets,
    holds: {
      tcp: new TcpPortHolds(sockets, tables, wildcard),
      udp: layout.SO_ATTACH_REUSEPORT_CBPF === null ? null : udpHolds,
    },
    reservedPorts: new ReservedPortList(),
    descriptors: new DescriptorLimit(libc, layout),
    facts: isLinux ? new LinuxHostFacts(tables, udpHolds) : new UnknownHostFacts(platform),
    ipv6,
  });
}

export function openPosixLesseeSockets(libc: Libc, layout: PosixLayout): LesseeSockets {
  return new PosixLesseeSockets(
    new PortSockets(libc, layout),
    tcpTables(libc, layout),
    udpTables(layout),
    layout.platform === "linux" ? findSocketHoldersNow : () => new Map(),
  );
}

function tcpTables(libc: Libc, layout: PosixLayout): TcpTables {
  if (layout.platform !== "linux") return new NoTcpTables();
  return new NetlinkTcpTables(libc, new ProcTcpTables());
}

function udpTables({ platform }: PosixLayout): UdpTables {
  return platform === "linux" ? new ProcUdpTables() : new NoUdpTables();
}

/** Only the kernel's own "no such family" counts: holding IPv4 alone because of some other failure would leave IPv6 open. */
function hasIpv6(sockets: PortSockets): boolean {
  const ip = { family: "ipv6", bytes: new Uint8Array(16) } as const;
  const options = { ip, port: 0, ipv6Only: false, reusePort: false, reuseAddress: false };
  try {
    const bound = sockets.openBound(options);
    if (bound.descriptor === null) return bound.errorNumber !== EADDRNOTAVAIL;
    sockets.close(bound.descriptor);
    return true;
  } catch (error) {
    const absent = [constants.errno.EAFNOSUPPORT, constants.errno.EPROTONOSUPPORT];
    if (error instanceof NativeError && absent.some((e) => e === error.fields.errorNumber)) {
      return false;
    }
    throw error;
  }
}

// Struct layouts and constants of the Win32 API, each with its source. Numbers only; no calls. All structs are those of 64-bit
// processes, which are little-endian on every Windows that Node runs on; what is in network order says so.

/** How C declares a field; the layout test gives these to a C compiler's rules. */
export type FieldType = "uint8_t" | "uint16_t" | "uint32_t" | "uint64_t" | "void *" | ArrayType;
type ArrayType = `uint8_t[${number}]` | `uint16_t[${number}]`;

export interface StructLayout<Field extends string = string> {
  /** Bytes. */
  readonly size: number;
  /** Bytes from the start of the struct to each field, which is declared in this order. */
  readonly at: Readonly<Record<Field, number>>;
  readonly types: Readonly<Record<Field, FieldType>>;
}

/** `fields` in the order of the declaration. */
function struct<Field extends string>(
  size: number,
  fields: Readonly<Record<Field, readonly [at: number, type: FieldType]>>,
): StructLayout<Field> {
  const entries = Object.entries(fields) as [Field, readonly [number, FieldType]][];
  const at = Object.fromEntries(entries.map(([name, [offset]]) => [name, offset]));
  const types = Object.fromEntries(entries.map(([name, [, type]]) => [name, type]));
  return { size, at: at as Record<Field, number>, types: types as Record<Field, FieldType> };
}

export const structs = {
  /**
   * StartPort is in network order, NumberOfPorts in host order.
   * https://learn.microsoft.com/windows/win32/api/mstcpip/ns-mstcpip-inet_port_range
   */
  INET_PORT_RANGE: struct(4, { StartPort: [0, "uint16_t"], NumberOfPorts: [2, "uint16_t"] }),
  /** https://learn.microsoft.com/windows/win32/api/mstcpip/ns-mstcpip-inet_port_reservation_token */
  INET_PORT_RESERVATION_TOKEN: struct(8, { Token: [0, "uint64_t"] }),
  /**
   * A range and its token. https://learn.microsoft.com/windows/win32/api/mstcpip/ns-mstcpip-inet_port_reservation_instance
   */
  INET_PORT_RESERVATION_INSTANCE: struct(16, {
    StartPort: [0, "uint16_t"],
    NumberOfPorts: [2, "uint16_t"],
    Token: [8, "uint64_t"],
  }),
  /** https://learn.microsoft.com/windows/win32/api/winsock2/ns-winsock2-wsaprotocol_infow */
  WSAPROTOCOL_INFOW: struct(628, {
    dwServiceFlags1: [0, "uint32_t"],
    dwServiceFlags2: [4, "uint32_t"],
    dwServiceFlags3: [8, "uint32_t"],
    dwServiceFlags4: [12, "uint32_t"],
    dwProviderFlags: [16, "uint32_t"],
    ProviderId: [20, "uint8_t[16]"],
    dwCatalogEntryId: [36, "uint32_t"],
    ProtocolChain: [40, "uint8_t[32]"],
    iVersion: [72, "uint32_t"],
    iAddressFamily: [76, "uint32_t"],
    iMaxSockAddr: [80, "uint32_t"],
    iMinSockAddr: [84, "uint32_t"],
    iSocketType: [88, "uint32_t"],
    iProtocol: [92, "uint32_t"],
    iProtocolMaxOffset: [96, "uint32_t"],
    iNetworkByteOrder: [100, "uint32_t"],
    iSecurityScheme: [104, "uint32_t"],
    dwMessageSize: [108, "uint32_t"],
    dwProviderReserved: [112, "uint32_t"],
    szProtocol: [116, "uint16_t[256]"],
  }),
  /** Port and address in network order. https://learn.microsoft.com/windows/win32/api/ws2def/ns-ws2def-sockaddr_in */
  sockaddr_in: struct(16, {
    sin_family: [0, "uint16_t"],
    sin_port: [2, "uint16_t"],
    sin_addr: [4, "uint32_t"],
    sin_zero: [8, "uint8_t[8]"],
  }),
  /** Port and address in network order. https://learn.microsoft.com/windows/win32/api/ws2ipdef/ns-ws2ipdef-sockaddr_in6_lh */
  sockaddr_in6: struct(28, {
    sin6_family: [0, "uint16_t"],
    sin6_port: [2, "uint16_t"],
    sin6_flowinfo: [4, "uint32_t"],
    sin6_addr: [8, "uint8_t[16]"],
    sin6_scope_id: [24, "uint32_t"],
  }),
  /** Ports: the first two bytes, in network order. https://learn.microsoft.com/windows/win32/api/tcpmib/ns-tcpmib-mib_tcprow_owner_pid */
  MIB_TCPROW_OWNER_PID: struct(24, {
    dwState: [0, "uint32_t"],
    dwLocalAddr: [4, "uint32_t"],
    dwLocalPort: [8, "uint32_t"],
    dwRemoteAddr: [12, "uint32_t"],
    dwRemotePort: [16, "uint32_t"],
    dwOwningPid: [20, "uint32_t"],
  }),
  /** https://learn.microsoft.com/windows/win32/api/tcpmib/ns-tcpmib-mib_tcp6row_owner_pid */
  MIB_TCP6ROW_OWNER_PID: struct(56, {
    ucLocalAddr: [0, "uint8_t[16]"],
    dwLocalScopeId: [16, "uint32_t"],
    dwLocalPort: [20, "uint32_t"],
    ucRemoteAddr: [24, "uint8_t[16]"],
    dwRemoteScopeId: [40, "uint32_t"],
    dwRemotePort: [44, "uint32_t"],
    dwState: [48, "uint32_t"],
    dwOwningPid: [52, "uint32_t"],
  }),
  /** https://learn.microsoft.com/windows/win32/api/udpmib/ns-udpmib-mib_udprow_owner_pid */
  MIB_UDPROW_OWNER_PID: struct(12, {
    dwLocalAddr: [0, "uint32_t"],
    dwLocalPort: [4, "uint32_t"],
    dwOwningPid: [8, "uint32_t"],
  }),
  /** https://learn.microsoft.com/windows/win32/api/udpmib/ns-udpmib-mib_udp6row_owner_pid */
  MIB_UDP6ROW_OWNER_PID: struct(28, {
    ucLocalAddr: [0, "uint8_t[16]"],
    dwLocalScopeId: [16, "uint32_t"],
    dwLocalPort: [20, "uint32_t"],
    dwOwningPid: [24, "uint32_t"],
  }),
  /** 100 ns since 1601, UTC. https://learn.microsoft.com/windows/win32/api/minwinbase/ns-minwinbase-filetime */
  FILETIME: struct(8, { dwLowDateTime: [0, "uint32_t"], dwHighDateTime: [4, "uint32_t"] }),
  /** https://learn.microsoft.com/windows/win32/api/tlhelp32/ns-tlhelp32-processentry32w */
  PROCESSENTRY32W: struct(568, {
    dwSize: [0, "uint32_t"],
    cntUsage: [4, "uint32_t"],
    th32ProcessID: [8, "uint32_t"],
    th32DefaultHeapID: [16, "uint64_t"],
    th32ModuleID: [24, "uint32_t"],
    cntThreads: [28, "uint32_t"],
    th32ParentProcessID: [32, "uint32_t"],
    pcPriClassBase: [36, "uint32_t"],
    dwFlags: [40, "uint32_t"],
    szExeFile: [44, "uint16_t[260]"],
  }),
  /** https://learn.microsoft.com/windows/win32/api/winnt/ns-winnt-token_elevation */
  TOKEN_ELEVATION: struct(4, { TokenIsElevated: [0, "uint32_t"] }),
  /** A SID_AND_ATTRIBUTES. https://learn.microsoft.com/windows/win32/api/winnt/ns-winnt-token_user */
  TOKEN_USER: struct(16, { Sid: [0, "void *"], Attributes: [8, "uint32_t"] }),
  /** https://learn.microsoft.com/previous-versions/windows/desktop/legacy/aa379560(v=vs.85) */
  SECURITY_ATTRIBUTES: struct(24, {
    nLength: [0, "uint32_t"],
    lpSecurityDescriptor: [8, "void *"],
    bInheritHandle: [16, "uint32_t"],
  }),
} as const;

/** Written by WSAStartup; its text fields differ by platform and are never read. https://learn.microsoft.com/windows/win32/api/winsock/ns-winsock-wsadata */
export const wsaDataBytes = 408;

/** Version 2.2, low byte first. https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsastartup */
export const winsockVersion = 0x0202;

/** https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasocketw */
export const sockets = {
  AF_INET: 2,
  AF_INET6: 23,
  SOCK_STREAM: 1,
  SOCK_DGRAM: 2,
  IPPROTO_TCP: 6,
  IPPROTO_UDP: 17,
  IPPROTO_IPV6: 41,
  FROM_PROTOCOL_INFO: -1,
  /** Node's event loop needs it: https://learn.microsoft.com/windows/win32/winsock/overlapped-i-o-and-event-objects-2 */
  WSA_FLAG_OVERLAPPED: 0x01,
  WSA_FLAG_NO_HANDLE_INHERIT: 0x80,
  SOCKET_ERROR: -1,
  INVALID_SOCKET: 0xffff_ffff_ffff_ffffn,
} as const;

/** https://learn.microsoft.com/windows/win32/winsock/so-exclusiveaddruse and socket-options; set before bind or they do nothing. */
export const socketOptions = {
  SOL_SOCKET: 0xffff,
  /** ~SO_REUSEADDR. */
  SO_EXCLUSIVEADDRUSE: -5,
  /** https://learn.microsoft.com/windows/win32/winsock/ipv6-v6only; on by default. */
  IPV6_V6ONLY: 27,
} as const;

/**
 * _WSAIOW(IOC_VENDOR, 100) and following.
 * https://learn.microsoft.com/windows/win32/winsock/sio-acquire-port-reservation
 * https://learn.microsoft.com/windows/win32/winsock/sio-release-port-reservation
 * https://learn.microsoft.com/windows/win32/winsock/sio-associate-port-reservation
 */
export const ioctls = {
  SIO_ACQUIRE_PORT_RESERVATION: 0x9800_0064,
  SIO_RELEASE_PORT_RESERVATION: 0x9800_0065,
  SIO_ASSOCIATE_PORT_RESERVATION: 0x9800_0066,
} as const;

/** No reservation has this token. https://learn.microsoft.com/windows/win32/api/mstcpip/ns-mstcpip-inet_port_reservation_token */
export const INVALID_PORT_RESERVATION_TOKEN = 0n;

/**
 * https://learn.microsoft.com/windows/win32/api/iprtrmib/ne-iprtrmib-tcp_table_class and udp_table_class; a table is a DWORD count and rows.
 */
export const tables = {
  TCP_TABLE_OWNER_PID_LISTENER: 3,
  TCP_TABLE_OWNER_PID_CONNECTIONS: 4,
  TCP_TABLE_OWNER_PID_ALL: 5,
  UDP_TABLE_OWNER_PID: 1,
  rowsAt: 4,
} as const;

/** MIB_TCP_STATE. https://learn.microsoft.com/windows/win32/api/tcpmib/ns-tcpmib-mib_tcprow_owner_pid */
export const tcpStates = {
  MIB_TCP_STATE_LISTEN: 2,
  MIB_TCP_STATE_ESTAB: 5,
  MIB_TCP_STATE_TIME_WAIT: 11,
} as const;

/** https://learn.microsoft.com/windows/win32/procthread/process-security-and-access-rights */
export const processAccess = {
  SYNCHRONIZE: 0x0010_0000,
  PROCESS_QUERY_LIMITED_INFORMATION: 0x1000,
} as const;

/** https://learn.microsoft.com/windows/win32/api/synchapi/nf-synchapi-waitforsingleobject */
export const waits = { WAIT_OBJECT_0: 0, WAIT_TIMEOUT: 258 } as const;

/** https://learn.microsoft.com/windows/win32/api/tlhelp32/nf-tlhelp32-createtoolhelp32snapshot */
export const snapshots = {
  TH32CS_SNAPPROCESS: 0x2,
  INVALID_HANDLE_VALUE: 0xffff_ffff_ffff_ffffn,
} as const;

/** https://learn.microsoft.com/windows/win32/api/winnt/ne-winnt-token_information_class and access-rights-for-access-token-objects */
export const accessTokens = { TOKEN_QUERY: 0x8, TokenUser: 1, TokenElevation: 20 } as const;

/** https://learn.microsoft.com/windows/win32/secauthz/security-information */
export const security = {
  SDDL_REVISION_1: 1,
  OWNER_SECURITY_INFORMATION: 0x1,
  DACL_SECURITY_INFORMATION: 0x4,
} as const;

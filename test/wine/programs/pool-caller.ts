// A Windows program that calls the reservation functions as their documentation shows them, with declarations of its own and
// nothing of the product: it must find out whether the lab, not the product, does what docs/wine-lab.md says.
// Does what it is told, a JSON line each, until stdin ends. Its first line is its process id.

import { createSocket } from "node:dgram";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server } from "node:net";
import { createInterface } from "node:readline";
import koffi from "koffi";
import type { CallerAnswer, CallerProtocol, CallerRequest } from "./pool-caller-protocol.js";

const iphlpapi = koffi.load("iphlpapi.dll");
const winsock = koffi.load("ws2_32.dll");
const kernel = koffi.load("kernel32.dll");
const advapi = koffi.load("advapi32.dll");

const reservation = (
  verb: string,
  protocol: CallerProtocol,
  token: string,
): ReturnType<typeof iphlpapi.func> =>
  iphlpapi.func(
    `uint32_t __stdcall ${verb}Persistent${protocol === "tcp" ? "Tcp" : "Udp"}PortReservation(uint16_be_t, uint16_t${token})`,
  );
const outToken = ", _Out_ uint64_t *";
const reservations = {
  create: {
    tcp: reservation("Create", "tcp", outToken),
    udp: reservation("Create", "udp", outToken),
  },
  lookup: {
    tcp: reservation("Lookup", "tcp", outToken),
    udp: reservation("Lookup", "udp", outToken),
  },
  delete: { tcp: reservation("Delete", "tcp", ""), udp: reservation("Delete", "udp", "") },
};

const tableParameters = "(void *, _Inout_ uint32_t *, int, uint32_t, uint32_t, uint32_t)";
const tables = {
  tcp: iphlpapi.func(`uint32_t __stdcall GetExtendedTcpTable${tableParameters}`),
  udp: iphlpapi.func(`uint32_t __stdcall GetExtendedUdpTable${tableParameters}`),
};

const startup = winsock.func("int __stdcall WSAStartup(uint16_t, _Out_ uint8_t *)");
const openSocket = winsock.func(
  "uintptr_t __stdcall WSASocketW(int, int, int, void *, uint32_t, uint32_t)",
);
const ioctl = winsock.func(
  "int __stdcall WSAIoctl(uintptr_t, uint32_t, void *, uint32_t, void *, uint32_t, _Out_ uint32_t *, void *, void *)",
);
const bindSocket = winsock.func("int __stdcall bind(uintptr_t, void *, int)");
const socketName = winsock.func("int __stdcall getsockname(uintptr_t, void *, _Inout_ int *)");
const closeSocket = winsock.func("int __stdcall closesocket(uintptr_t)");
const duplicateSocket = winsock.func(
  "int __stdcall WSADuplicateSocketW(uintptr_t, uint32_t, void *)",
);
const lastError = winsock.func("int __stdcall WSAGetLastError()");
const currentProcess = kernel.func("void * __stdcall GetCurrentProcess()");
const openToken = advapi.func("int __stdcall OpenProcessToken(void *, uint32_t, _Out_ void **)");
const tokenInformation = advapi.func(
  "int __stdcall GetTokenInformation(void *, int, void *, uint32_t, _Out_ uint32_t *)",
);

/** winsock2.h and winnt.h. */
const [inet4, inet6] = [2, 23];
const [overlapped, noInherit] = [0x01, 0x80];
const protocolInfoBytes = 628;
const invalidSocket = 0xffff_ffff_ffff_ffffn;
const [tokenQuery, tokenElevation] = [8, 20];

startup(0x0202, Buffer.alloc(512));

function socketAnswer(socket: number | bigint): CallerAnswer {
  if (BigInt(socket) === invalidSocket) return { error: lastError() as number };
  return { error: 0, socket: Number(socket) };
}

function socketAddress(address: string, port: number): Buffer {
  const isIpv6 = address.includes(":");
  const bytes = Buffer.alloc(isIpv6 ? 28 : 16);
  bytes.writeUInt16LE(isIpv6 ? inet6 : inet4, 0);
  bytes.writeUInt16BE(port, 2);
  if (!isIpv6) bytes.set(address.split(".").map(Number), 4);
  else if (address === "::1") bytes[23] = 1;
  else if (address !== "::") throw new Error(`no address of this program: ${address}`);
  return bytes;
}

function bind(socket: number, address: string, port: number): CallerAnswer {
  const bytes = socketAddress(address, port);
  if (bindSocket(socket, bytes, bytes.length) !== 0) return { error: lastError() as number };
  const name = Buffer.alloc(28);
  socketName(socket, name, [name.length]);
  return { error: 0, port: name.readUInt16BE(2) };
}

function callIoctl(request: Extract<CallerRequest, { do: "ioctl" }>): CallerAnswer {
  const input = request.input === null ? null : Buffer.from(request.input, "hex");
  const output = request.outputSize === 0 ? null : Buffer.alloc(request.outputSize);
  const written = [0];
  const { socket, code, outputSize } = request;
  const result = ioctl(
    socket,
    code,
    input,
    input?.length ?? 0,
    output,
    outputSize,
    written,
    null,
    null,
  );
  if (result !== 0) return { error: lastError() as number };
  return { error: 0, output: output?.subarray(0, written[0]).toString("hex") ?? "" };
}

function listen({
  protocol,
  address,
  port,
}: Extract<CallerRequest, { do: "listen" }>): Promise<CallerAnswer> {
  return new Promise((resolve) => {
    const refused = (error: NodeJS.ErrnoException): void =>
      resolve({ error: 0, code: error.code ?? "" });
    if (protocol === "tcp") {
      const server = createServer().on("error", refused);
      server.listen({ port, host: address }, () => {
        const bound = server.address() as { port: number };
        server.close(() => resolve({ error: 0, code: "OK", port: bound.port }));
      });
      return;
    }
    const socket = createSocket(address.includes(":") ? "udp6" : "udp4").on("error", refused);
    socket.bind({ port, address, exclusive: true }, () => {
      const bound = socket.address();
      socket.close(() => resolve({ error: 0, code: "OK", port: bound.port }));
    });
  });
}

/** The class of libuv's TCP handles, which Node does not export. */
type TcpHandle = { open(socket: number): number };
type TcpHandleClass = new (type: number) => TcpHandle;

function tcpHandleClass(): Promise<TcpHandleClass> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const handle = (server as Server & { _handle: object })._handle;
      server.close(() => resolve(handle.constructor as TcpHandleClass));
    });
  });
}

async function serve(socket: number): Promise<CallerAnswer> {
  const Tcp = await tcpHandleClass();
  const handle = new Tcp(1);
  const opened = handle.open(socket);
  if (opened !== 0) return { error: opened };
  const server = createHttpServer((_request, response) => response.end(`served by ${process.pid}`));
  return new Promise((resolve) => {
    server.on("error", (error: NodeJS.ErrnoException) =>
      resolve({ error: 0, code: error.code ?? "" }),
    );
    server.listen(handle, () => resolve({ error: 0, code: "OK" }));
  });
}

function duplicate(socket: number, processId: number): CallerAnswer {
  const info = Buffer.alloc(protocolInfoBytes);
  if (duplicateSocket(socket, processId, info) !== 0) return { error: lastError() as number };
  return { error: 0, output: info.toString("hex") };
}

/** MIB_TCPROW_OWNER_PID and MIB_UDPROW_OWNER_PID, tables of all sockets. */
function owners({ protocol, port }: Extract<CallerRequest, { do: "owners" }>): CallerAnswer {
  const [rowBytes, portOffset, ownerOffset, tableClass] =
    protocol === "tcp" ? [24, 8, 20, 5] : [12, 4, 8, 1];
  const table = Buffer.alloc(1 << 20);
  const size = [table.length];
  const error = tables[protocol](table, size, 0, inet4, tableClass, 0) as number;
  if (error !== 0) return { error };
  const rows = Array.from({ length: table.readUInt32LE() }, (_, row) => 4 + row * rowBytes);
  const found = rows.filter((row) => table.readUInt16BE(row + portOffset) === port);
  return { error, owners: found.map((row) => table.readUInt32LE(row + ownerOffset)) };
}

function isElevated(): boolean {
  const token: [unknown] = [null];
  const elevation = Buffer.alloc(4);
  if (openToken(currentProcess(), tokenQuery, token) === 0) throw new Error("no process token");
  if (tokenInformation(token[0], tokenElevation, elevation, 4, [0]) === 0)
    throw new Error("no answer");
  return elevation.readUInt32LE() !== 0;
}

function callReservation(
  verb: "create" | "delete" | "lookup",
  {
    protocol,
    firstPort,
    portCount,
  }: Extract<CallerRequest, { do: "create" | "delete" | "lookup" }>,
): CallerAnswer {
  const token: [number | bigint] = [0n];
  const call = reservations[verb][protocol];
  const error = (
    verb === "delete" ? call(firstPort, portCount) : call(firstPort, portCount, token)
  ) as number;
  return error === 0 && verb !== "delete" ? { error, token: String(token[0]) } : { error };
}

function race(firstPort: number, portCount: number): CallerAnswer {
  let count = 0;
  for (let offset = 0; offset < portCount; offset += 1) {
    if (reservations.create.tcp(firstPort + offset, 1, [0n]) === 0) count += 1;
  }
  return { error: 0, count };
}

async function answer(request: CallerRequest): Promise<CallerAnswer> {
  switch (request.do) {
    case "create":
    case "delete":
    case "lookup":
      return callReservation(request.do, request);
    case "open": {
      const [type, number] = request.protocol === "tcp" ? [1, 6] : [2, 17];
      const family = request.family === 4 ? inet4 : inet6;
      return socketAnswer(
        openSocket(family, type, number, null, 0, overlapped | noInherit) as number,
      );
    }
    case "ioctl":
      return callIoctl(request);
    case "bind":
      return bind(request.socket, request.address, request.port);
    case "close":
      return { error: closeSocket(request.socket) === 0 ? 0 : (lastError() as number) };
    case "serve":
      return serve(request.socket);
    case "duplicate":
      return duplicate(request.socket, request.processId);
    case "openDuplicate": {
      const info = Buffer.from(request.info, "hex");
      return socketAnswer(openSocket(-1, -1, -1, info, 0, overlapped) as number);
    }
    case "listen":
      return listen(request);
    case "owners":
      return owners(request);
    case "elevation":
      return { error: 0, elevated: isElevated() };
    case "race":
      return race(request.firstPort, request.portCount);
  }
}

console.log(String(process.pid));
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as CallerRequest;
  const answered = await answer(request).catch((error: unknown): CallerAnswer => {
    return { error: -1, problem: String(error) };
  });
  console.log(JSON.stringify(answered));
}
process.exit(0);

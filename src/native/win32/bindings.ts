// The Win32 functions that portlease calls, one line each under their vendor names, cast to typed signatures. The only Win32
// file that touches koffi. Only Buffers, integers and null cross; results are as in C. A DLL is loaded and a function looked up
// at its first call, so that a build of Windows that lacks one function can still use the others.
// What each function does: https://learn.microsoft.com/windows/win32/api/ under the names of its header and itself.

import type * as Koffi from "koffi";
import { loadKoffi } from "../load-koffi.js";
import { NativeError } from "../native-error.js";

/** A SOCKET, HANDLE or pointer as koffi gives it: a bigint when it is beyond 2^53, as INVALID_SOCKET is. */
export type Word = number | bigint;

/** Lengths are bytes unless named otherwise. `startPort` is in network order, `numberOfPorts` in host order. */
export interface Win32 {
  // iphlpapi.dll; these answer a Win32 error number, 0 for success.
  readonly CreatePersistentTcpPortReservation: CreateReservation;
  readonly CreatePersistentUdpPortReservation: CreateReservation;
  readonly DeletePersistentTcpPortReservation: DeleteReservation;
  readonly DeletePersistentUdpPortReservation: DeleteReservation;
  readonly LookupPersistentTcpPortReservation: CreateReservation;
  readonly LookupPersistentUdpPortReservation: CreateReservation;
  readonly GetExtendedTcpTable: GetExtendedTable;
  readonly GetExtendedUdpTable: GetExtendedTable;
  // ws2_32.dll; 0 for success, else SOCKET_ERROR or INVALID_SOCKET and WSAGetLastError.
  /** Node has started Winsock already; each further start only counts up. WSACleanup is never called: the process ends it. */
  readonly WSAStartup: (version: number, data: Buffer) => number;
  readonly WSASocketW: (
    family: number,
    type: number,
    protocol: number,
    protocolInfo: Buffer | null,
    group: number,
    flags: number,
  ) => Word;
  readonly bind: (socket: Word, address: Buffer, length: number) => number;
  readonly listen: (socket: Word, backlog: number) => number;
  readonly closesocket: (socket: Word) => number;
  readonly getsockname: (socket: Word, address: Buffer, length: Buffer) => number;
  readonly setsockopt: (
    socket: Word,
    level: number,
    name: number,
    value: Buffer,
    length: number,
  ) => number;
  readonly WSAIoctl: (
    socket: Word,
    code: number,
    input: Buffer | null,
    inputLength: number,
    output: Buffer | null,
    outputLength: number,
    bytesReturned: Buffer,
    overlapped: null,
    completion: null,
  ) => number;
  readonly WSADuplicateSocketW: (socket: Word, processId: number, protocolInfo: Buffer) => number;
  /** Stale after a success: read it only after a failure, before the next call and in the same tick. */
  readonly WSAGetLastError: () => number;
  // kernel32.dll; 0 for failure, and GetLastError.
  readonly GetLastError: () => number;
  readonly OpenProcess: (access: number, inheritHandle: 0, processId: number) => Word;
  readonly GetCurrentProcess: () => Word;
  readonly GetProcessTimes: (
    process: Word,
    creation: Buffer,
    exit: Buffer,
    kernel: Buffer,
    user: Buffer,
  ) => number;
  readonly WaitForSingleObject: (handle: Word, milliseconds: number) => number;
  readonly CloseHandle: (handle: Word) => number;
  /** `size`: a DWORD of characters, in and out. */
  readonly QueryFullProcessImageNameW: (
    process: Word,
    flags: 0,
    name: Buffer,
    size: Buffer,
  ) => number;
  readonly CreateToolhelp32Snapshot: (flags: number, processId: 0) => Word;
  readonly Process32FirstW: (snapshot: Word, entry: Buffer) => number;
  readonly Process32NextW: (snapshot: Word, entry: Buffer) => number;
  readonly CreateDirectoryW: (path: Buffer, securityAttributes: Buffer) => number;
  readonly LocalFree: (memory: Word) => Word;
  /** Characters of a text that Windows allocated, without the NUL. */
  readonly lstrlenW: (text: Word) => number;
  /** Copies at most `characters`, NUL included, of a text that Windows allocated. */
  readonly lstrcpynW: (to: Buffer, text: Word, characters: number) => Word;
  // advapi32.dll; 0 for failure, and GetLastError.
  readonly OpenProcessToken: (process: Word, access: number, token: Buffer) => number;
  readonly GetTokenInformation: (
    token: Word,
    what: number,
    information: Buffer | null,
    length: number,
    lengthNeeded: Buffer,
  ) => number;
  readonly ConvertSidToStringSidW: (sid: Word, text: Buffer) => number;
  readonly ConvertStringSecurityDescriptorToSecurityDescriptorW: (
    text: Buffer,
    revision: number,
    descriptor: Buffer,
    length: null,
  ) => number;
  readonly ConvertSecurityDescriptorToStringSecurityDescriptorW: (
    descriptor: Buffer,
    revision: number,
    what: number,
    text: Buffer,
    length: null,
  ) => number;
  readonly GetFileSecurityW: (
    path: Buffer,
    what: number,
    descriptor: Buffer | null,
    length: number,
    lengthNeeded: Buffer,
  ) => number;
}

type CreateReservation = (startPort: number, numberOfPorts: number, token: Buffer) => number;
type DeleteReservation = (startPort: number, numberOfPorts: number) => number;
type GetExtendedTable = (
  table: Buffer | null,
  size: Buffer,
  order: 0,
  family: number,
  tableClass: number,
  reserved: 0,
) => number;

/**
 * Loads koffi and declares the functions. Throws UNSUPPORTED where koffi has no build for this machine; a function throws
 * UNSUPPORTED when the DLL or this build of Windows does not have it.
 */
export function loadWin32(): Win32 {
  const koffi = loadKoffi();
  const iphlpapi = declareFrom(koffi, "iphlpapi.dll");
  const ws2_32 = declareFrom(koffi, "ws2_32.dll");
  const kernel32 = declareFrom(koffi, "kernel32.dll");
  const advapi32 = declareFrom(koffi, "advapi32.dll");
  const makeParameters = "uint16_t StartPort, uint16_t NumberOfPorts, void *Token";
  const tableParameters =
    "void *Table, void *Size, int Order, uint32_t Af, uint32_t TableClass, uint32_t Reserved";
  // prettier-ignore
  return {
    CreatePersistentTcpPortReservation: iphlpapi("uint32_t", "CreatePersistentTcpPortReservation", makeParameters),
    CreatePersistentUdpPortReservation: iphlpapi("uint32_t", "CreatePersistentUdpPortReservation", makeParameters),
    DeletePersistentTcpPortReservation: iphlpapi("uint32_t", "DeletePersistentTcpPortReservation", "uint16_t StartPort, uint16_t NumberOfPorts"),
    DeletePersistentUdpPortReservation: iphlpapi("uint32_t", "DeletePersistentUdpPortReservation", "uint16_t StartPort, uint16_t NumberOfPorts"),
    LookupPersistentTcpPortReservation: iphlpapi("uint32_t", "LookupPersistentTcpPortReservation", makeParameters),
    LookupPersistentUdpPortReservation: iphlpapi("uint32_t", "LookupPersistentUdpPortReservation", makeParameters),
    GetExtendedTcpTable: iphlpapi("uint32_t", "GetExtendedTcpTable", tableParameters),
    GetExtendedUdpTable: iphlpapi("uint32_t", "GetExtendedUdpTable", tableParameters),
    WSAStartup: ws2_32("int", "WSAStartup", "uint16_t Version, void *Data"),
    WSASocketW: ws2_32("uintptr_t", "WSASocketW", "int Af, int Type, int Protocol, void *Info, uint32_t Group, uint32_t Flags"),
    bind: ws2_32("int", "bind", "uintptr_t S, void *Name, int NameLength"),
    listen: ws2_32("int", "listen", "uintptr_t S, int Backlog"),
    closesocket: ws2_32("int", "closesocket", "uintptr_t S"),
    getsockname: ws2_32("int", "getsockname", "uintptr_t S, void *Name, void *NameLength"),
    setsockopt: ws2_32("int", "setsockopt", "uintptr_t S, int Level, int Name, void *Value, int Length"),
    WSAIoctl: ws2_32("int", "WSAIoctl", "uintptr_t S, uint32_t Code, void *In, uint32_t InLength, void *Out, uint32_t OutLength, void *Returned, void *Overlapped, void *Completion"),
    WSADuplicateSocketW: ws2_32("int", "WSADuplicateSocketW", "uintptr_t S, uint32_t ProcessId, void *Info"),
    WSAGetLastError: ws2_32("int", "WSAGetLastError", ""),
    GetLastError: kernel32("uint32_t", "GetLastError", ""),
    OpenProcess: kernel32("uintptr_t", "OpenProcess", "uint32_t Access, int Inherit, uint32_t ProcessId"),
    GetCurrentProcess: kernel32("uintptr_t", "GetCurrentProcess", ""),
    GetProcessTimes: kernel32("int", "GetProcessTimes", "uintptr_t Process, void *Creation, void *Exit, void *Kernel, void *User"),
    WaitForSingleObject: kernel32("uint32_t", "WaitForSingleObject", "uintptr_t Handle, uint32_t Milliseconds"),
    CloseHandle: kernel32("int", "CloseHandle", "uintptr_t Handle"),
    QueryFullProcessImageNameW: kernel32("int", "QueryFullProcessImageNameW", "uintptr_t Process, uint32_t Flags, void *Name, void *Size"),
    CreateToolhelp32Snapshot: kernel32("uintptr_t", "CreateToolhelp32Snapshot", "uint32_t Flags, uint32_t ProcessId"),
    Process32FirstW: kernel32("int", "Process32FirstW", "uintptr_t Snapshot, void *Entry"),
    Process32NextW: kernel32("int", "Process32NextW", "uintptr_t Snapshot, void *Entry"),
    CreateDirectoryW: kernel32("int", "CreateDirectoryW", "void *Path, void *SecurityAttributes"),
    LocalFree: kernel32("uintptr_t", "LocalFree", "uintptr_t Memory"),
    lstrlenW: kernel32("int", "lstrlenW", "uintptr_t Text"),
    lstrcpynW: kernel32("uintptr_t", "lstrcpynW", "void *To, uintptr_t Text, int Characters"),
    OpenProcessToken: advapi32("int", "OpenProcessToken", "uintptr_t Process, uint32_t Access, void *Token"),
    GetTokenInformation: advapi32("int", "GetTokenInformation", "uintptr_t Token, int What, void *Information, uint32_t Length, void *Needed"),
    ConvertSidToStringSidW: advapi32("int", "ConvertSidToStringSidW", "uintptr_t Sid, void *Text"),
    ConvertStringSecurityDescriptorToSecurityDescriptorW: advapi32("int", "ConvertStringSecurityDescriptorToSecurityDescriptorW", "void *Text, uint32_t Revision, void *Descriptor, void *Length"),
    ConvertSecurityDescriptorToStringSecurityDescriptorW: advapi32("int", "ConvertSecurityDescriptorToStringSecurityDescriptorW", "void *Descriptor, uint32_t Revision, uint32_t What, void *Text, void *Length"),
    GetFileSecurityW: advapi32("int", "GetFileSecurityW", "void *Path, uint32_t What, void *Descriptor, uint32_t Length, void *Needed"),
  };
}

type Declare = <Name extends keyof Win32>(
  result: string,
  name: Name,
  parameters: string,
) => Win32[Name];

function declareFrom(koffi: typeof Koffi, library: string): Declare {
  return (result, name, parameters) => {
    type Call = Win32[typeof name];
    let resolved: ((...args: unknown[]) => unknown) | null = null;
    const call = (...args: unknown[]): unknown => {
      resolved ??= resolve(koffi, library, name, `${result} __stdcall ${name}(${parameters})`);
      return resolved(...args);
    };
    return call as Call;
  };
}

function resolve(
  koffi: typeof Koffi,
  library: string,
  name: string,
  prototype: string,
): (...args: unknown[]) => unknown {
  try {
    // A DLL that is loaded already is only counted once more.
    return koffi.load(library).func(prototype) as (...args: unknown[]) => unknown;
  } catch (cause) {
    throw new NativeError(
      "UNSUPPORTED",
      `This build of Windows has no ${name} in ${library}. Windows Server 2019, Windows 10 1809 or later have it.`,
      { api: name },
      { cause },
    );
  }
}

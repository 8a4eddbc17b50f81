/*
 * GetExtendedTcpTable and GetExtendedUdpTable with owners: Wine names process 0 for every socket, Windows the process that bound
 * it ("the PID of the process that issued a context bind"), so a duplicated socket keeps the one that bound it. Rows of Linux
 * processes, and of processes that have ended, stay without an owner.
 * https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-getextendedtcptable
 * https://learn.microsoft.com/windows/win32/api/tcpmib/ns-tcpmib-mib_tcprow_owner_pid
 */
#include "faults.h"
#include "text.h"

typedef DWORD(WINAPI *TableFunction)(void *, DWORD *, BOOL, ULONG, ULONG, ULONG);

/* Where a row has its local port and its owner, in bytes. */
typedef struct {
  DWORD rowBytes;
  DWORD portOffset;
  DWORD ownerOffset;
} RowLayout;

/* TCP_TABLE_OWNER_PID_LISTENER, _CONNECTIONS and _ALL; UDP_TABLE_OWNER_PID: iprtrmib.h */
enum { TCP_OWNER_FIRST = 3, TCP_OWNER_LAST = 5, UDP_OWNER = 1, ADDRESS_IPV6 = 23 };

static const RowLayout tcpRow = {24, 8, 20}, tcp6Row = {56, 20, 52}, udpRow = {12, 4, 8}, udp6Row = {28, 20, 24};

static TableFunction realFunction(const char *name) {
  HMODULE library = GetModuleHandleA("iphreal.dll");
  void *function = library == NULL ? NULL : (void *)GetProcAddress(library, name);
  if (function == NULL) failLoudly("Wine lacks a function", name, GetLastError());
  return (TableFunction)function;
}

/* The number of rows comes first, the rows after it: https://learn.microsoft.com/windows/win32/api/tcpmib/ns-tcpmib-mib_tcptable_owner_pid */
static void fillOwners(BYTE *table, Protocol protocol, RowLayout layout) {
  DWORD rowCount = *(DWORD *)table;
  for (DWORD index = 0; index < rowCount; index++) {
    BYTE *row = table + sizeof(DWORD) + index * layout.rowBytes;
    /* A port is two bytes in network order within a DWORD. */
    DWORD port = swapBytes(*(USHORT *)(row + layout.portOffset));
    *(DWORD *)(row + layout.ownerOffset) = portOwner(protocol, port);
  }
}

static DWORD call(const char *api, Protocol protocol, BOOL hasOwners, RowLayout layout, void *table, DWORD *size, BOOL ordered,
                  ULONG family, ULONG class, ULONG reserved) {
  lockPool();
  DWORD error = takeFault(api, 0);
  if (error == NO_ERROR) error = realFunction(api)(table, size, ordered, family, class, reserved);
  if (error == NO_ERROR && table != NULL && hasOwners && guessValue(GUESS_TABLE_OWNERS) != 0)
    fillOwners(table, protocol, layout);
  unlockPool();
  return error;
}

__declspec(dllexport) DWORD WINAPI GetExtendedTcpTable(void *table, DWORD *size, BOOL ordered, ULONG family, ULONG class,
                                                       ULONG reserved) {
  BOOL hasOwners = class >= TCP_OWNER_FIRST && class <= TCP_OWNER_LAST;
  RowLayout layout = family == ADDRESS_IPV6 ? tcp6Row : tcpRow;
  return call(__func__, PROTOCOL_TCP, hasOwners, layout, table, size, ordered, family, class, reserved);
}

__declspec(dllexport) DWORD WINAPI GetExtendedUdpTable(void *table, DWORD *size, BOOL ordered, ULONG family, ULONG class,
                                                       ULONG reserved) {
  RowLayout layout = family == ADDRESS_IPV6 ? udp6Row : udpRow;
  return call(__func__, PROTOCOL_UDP, class == UDP_OWNER, layout, table, size, ordered, family, class, reserved);
}

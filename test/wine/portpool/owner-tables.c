/*
 * GetExtendedTcpTable and GetExtendedUdpTable with owners: Wine names process 0 for every socket, Windows the process that bound
 * it ("the PID of the process that issued a context bind"), so a duplicated socket keeps the one that bound it. Rows of Linux
 * processes, and of processes that have ended, stay without an owner.
 * Wine is asked for its table without owners: it would look for each socket among all open files of all processes, which takes
 * seconds where a thousand sockets are open, and finds programs of Linux only.
 * https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-getextendedtcptable
 * https://learn.microsoft.com/windows/win32/api/tcpmib/ns-tcpmib-mib_tcprow_owner_pid
 */
#include "faults.h"
#include "text.h"

typedef DWORD(WINAPI *TableFunction)(void *, DWORD *, BOOL, ULONG, ULONG, ULONG);

/* From byte `from` of a row without owner to byte `to` of the row with one. */
typedef struct {
  DWORD from;
  DWORD to;
  DWORD bytes;
} Piece;

/* What the two kinds of rows have where, in bytes. The owner comes last. */
typedef struct {
  DWORD plainBytes;
  DWORD ownedBytes;
  /* In the row with an owner. */
  DWORD portOffset;
  Piece pieces[2];
} RowLayout;

/* TCP_TABLE_OWNER_PID_LISTENER, _CONNECTIONS and _ALL, of which TCP_TABLE_BASIC_LISTENER is 0; UDP_TABLE_OWNER_PID: iprtrmib.h */
enum { TCP_OWNER_FIRST = 3, TCP_OWNER_LAST = 5, UDP_OWNER = 1, ADDRESS_IPV6 = 23 };

/* Between two questions sockets may be opened. */
enum { SPARE_ROWS = 64 };

/* Only in IPv6 does the state of a connection come first without an owner, and last before one: tcpmib.h, udpmib.h */
static const RowLayout tcpRow = {20, 24, 8, {{0, 0, 20}}}, tcp6Row = {52, 56, 20, {{4, 0, 48}, {0, 48, 4}}},
                       udpRow = {8, 12, 4, {{0, 0, 8}}}, udp6Row = {24, 28, 20, {{0, 0, 24}}};

static TableFunction realFunction(const char *name) {
  HMODULE library = GetModuleHandleA("iphreal.dll");
  void *function = library == NULL ? NULL : (void *)GetProcAddress(library, name);
  if (function == NULL) failLoudly("Wine lacks a function", name, GetLastError());
  return (TableFunction)function;
}

static void copyRow(BYTE *row, const BYTE *plain, Protocol protocol, const RowLayout *layout, BOOL named) {
  for (int index = 0; index < 2; index++) {
    const Piece *piece = &layout->pieces[index];
    CopyMemory(row + piece->to, plain + piece->from, piece->bytes);
  }
  /* A port is two bytes in network order within a DWORD. */
  DWORD port = swapBytes(*(USHORT *)(row + layout->portOffset));
  *(DWORD *)(row + layout->ownedBytes - sizeof(DWORD)) = named ? portOwner(protocol, port) : 0;
}

/* Windows' and Wine's own table without owners, to be freed with HeapFree; NULL with the error. */
static BYTE *plainTable(TableFunction real, BOOL ordered, ULONG family, ULONG class, const RowLayout *layout, DWORD *error) {
  DWORD size = sizeof(DWORD) + SPARE_ROWS * layout->plainBytes;
  for (;;) {
    BYTE *table = HeapAlloc(GetProcessHeap(), 0, size);
    if (table == NULL) failLoudly("no memory for a table of sockets", "HeapAlloc", size);
    *error = real(table, &size, ordered, family, class, 0);
    if (*error == NO_ERROR) return table;
    HeapFree(GetProcessHeap(), 0, table);
    if (*error != ERROR_INSUFFICIENT_BUFFER) return NULL;
    size += SPARE_ROWS * layout->plainBytes;
  }
}

/* The number of rows comes first, the rows after it: https://learn.microsoft.com/windows/win32/api/tcpmib/ns-tcpmib-mib_tcptable_owner_pid */
static DWORD ownedTable(const BYTE *plain, Protocol protocol, const RowLayout *layout, BYTE *table, DWORD *size) {
  DWORD rowCount = *(const DWORD *)plain;
  DWORD needed = sizeof(DWORD) + rowCount * layout->ownedBytes;
  BOOL fits = table != NULL && *size >= needed;
  *size = needed;
  if (!fits) return ERROR_INSUFFICIENT_BUFFER;
  lockPool();
  BOOL named = guessValue(GUESS_TABLE_OWNERS) != 0;
  *(DWORD *)table = rowCount;
  for (DWORD index = 0; index < rowCount; index++) {
    const BYTE *from = plain + sizeof(DWORD) + index * layout->plainBytes;
    copyRow(table + sizeof(DWORD) + index * layout->ownedBytes, from, protocol, layout, named);
  }
  unlockPool();
  return NO_ERROR;
}

static DWORD planned(const char *api) {
  lockPool();
  DWORD error = takeFault(api, 0);
  unlockPool();
  return error;
}

/* Never waits for Wine's table with the pool locked: that would hold up all of the machine. */
static DWORD owners(const char *api, Protocol protocol, const RowLayout *layout, void *table, DWORD *size, BOOL ordered,
                    ULONG family, ULONG plainClass) {
  DWORD error = NO_ERROR;
  BYTE *plain = plainTable(realFunction(api), ordered, family, plainClass, layout, &error);
  if (plain == NULL) return error;
  error = ownedTable(plain, protocol, layout, table, size);
  HeapFree(GetProcessHeap(), 0, plain);
  return error;
}

__declspec(dllexport) DWORD WINAPI GetExtendedTcpTable(void *table, DWORD *size, BOOL ordered, ULONG family, ULONG class,
                                                       ULONG reserved) {
  DWORD error = planned(__func__);
  if (error != NO_ERROR) return error;
  if (size == NULL || class < TCP_OWNER_FIRST || class > TCP_OWNER_LAST)
    return realFunction(__func__)(table, size, ordered, family, class, reserved);
  const RowLayout *layout = family == ADDRESS_IPV6 ? &tcp6Row : &tcpRow;
  return owners(__func__, PROTOCOL_TCP, layout, table, size, ordered, family, class - TCP_OWNER_FIRST);
}

__declspec(dllexport) DWORD WINAPI GetExtendedUdpTable(void *table, DWORD *size, BOOL ordered, ULONG family, ULONG class,
                                                       ULONG reserved) {
  DWORD error = planned(__func__);
  if (error != NO_ERROR) return error;
  if (size == NULL || class != UDP_OWNER) return realFunction(__func__)(table, size, ordered, family, class, reserved);
  const RowLayout *layout = family == ADDRESS_IPV6 ? &udp6Row : &udpRow;
  return owners(__func__, PROTOCOL_UDP, layout, table, size, ordered, family, 0);
}

/*
 * The state that the kernel would have: every reservation and exclusion of one emulated machine, in a file that all processes
 * of it map. The file outlives processes as the registry outlives a restart. PORTPOOL_FILE names it (default C:\portpool.dat);
 * a named mutex per file guards it.
 */
#ifndef PORTPOOL_POOL_H
#define PORTPOOL_POOL_H

#include "behaviour.h"

enum { ENTRIES_MAX = 4096, FAULTS_MAX = 32, API_NAME_MAX = 48, PORT_MAX = 65535 };

typedef enum { PROTOCOL_TCP, PROTOCOL_UDP } Protocol;

typedef enum { KIND_FREE, KIND_PERSISTENT, KIND_RUNTIME, KIND_ADMINISTERED } Kind;

/* An inclusive run of ports in host order. 32 bits wide, so that firstPort + portCount never wraps. */
typedef struct {
  DWORD firstPort;
  DWORD portCount;
} Run;

typedef struct {
  Kind kind;
  Protocol protocol;
  Run run;
  /* The full 64 bits are used on purpose: a caller that keeps tokens in a double must fail. 0 for exclusions. */
  ULONG64 token;
  /* RUNTIME only: process and socket that acquired it. The creation time tells a process from a later one of the same id. */
  DWORD ownerProcessId;
  ULONG64 ownerCreatedAt;
  ULONG64 ownerSocket;
  /* ADMINISTERED only: made with store=active, so gone after a restart. */
  BOOL endsAtReboot;
} Entry;

/* "The next calls of this API answer this error." */
typedef struct {
  char api[API_NAME_MAX];
  /* 0: whatever the port. */
  DWORD port;
  DWORD error;
  /* Calls that are let through first. */
  DWORD skip;
  /* Calls that fail after those. FAULT_EVERY: all. */
  DWORD times;
} Fault;

#define FAULT_EVERY 0xFFFFFFFFu
/* An error of no system: see parseFault. */
#define FAULT_ENDS_PROCESS 0xFFFFFFFEu

/* The process that bound a port last. The creation time tells it from a later process of the same id. */
typedef struct {
  DWORD processId;
  ULONG64 createdAt;
} PortOwner;

typedef struct {
  DWORD magic;
  DWORD entryCount;
  ULONG64 tokenSeed;
  Run dynamicRange;
  DWORD guesses[GUESS_COUNT];
  Fault faults[FAULTS_MAX];
  Entry entries[ENTRIES_MAX];
  PortOwner owners[2][PORT_MAX + 1];
} Pool;

/* Between host and network order; not htons, which would make the library depend on the DLL that it stands behind. */
static inline USHORT swapBytes(USHORT value) { return (USHORT)((value >> 8) | (value << 8)); }

/* Opens the pool on first use, waits for the mutex, and drops reservations whose process is gone. Never fails: see failLoudly. */
void lockPool(void);
void unlockPool(void);

/* The mapped state; only between lockPool and unlockPool. */
Pool *pool(void);

/* The path of the file in use. */
const char *poolPath(void);

/* True for a run of 1 to 65535 ports that ends at or before port 65535 and does not start at 0. */
BOOL runIsValid(Run run);
BOOL runHasPort(Run run, DWORD port);

/* The first entry of any kind that shares a port with the run; NULL when there is none. */
Entry *findOverlap(Protocol protocol, Run run);

/* The reservation with a token that the port belongs to: the one that refuses a bind without association. */
Entry *findReservation(Protocol protocol, DWORD port);

/* The entry of this kind made with exactly this run. */
Entry *findExact(Kind kind, Protocol protocol, Run run);

Entry *findByToken(ULONG64 token);

/* True for a runtime reservation that this very process acquired. */
BOOL isOwn(const Entry *entry);

/* NULL when the table is full. */
Entry *addEntry(Kind kind, Protocol protocol, Run run);
void removeEntry(Entry *entry);

/* Notes that this process has bound the port. */
void noteBound(Protocol protocol, DWORD port);

/* The process that bound the port last, while it lives or where the guess says so; 0 else. */
DWORD portOwner(Protocol protocol, DWORD port);

/* What a restart does: runtime reservations and active exclusions end, persistent ones get new tokens. */
void rebootPool(void);

/* Back to an empty pool with default switches and no faults. */
void resetPool(void);

#endif

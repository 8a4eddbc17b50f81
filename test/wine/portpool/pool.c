/* See pool.h. */
#include "pool.h"
#include "faults.h"
#include "text.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Changes whenever the layout of Pool does, so that a file of an older build is started afresh. */
#define POOL_MAGIC (0x504F4F4Cu ^ (DWORD)sizeof(Pool))

static Pool *mapped;
static HANDLE mutex;
static char path[MAX_PATH] = "C:\\portpool.dat";
static ULONG64 ownCreatedAt;
static INIT_ONCE opened = INIT_ONCE_STATIC_INIT;

static ULONG64 fileTimeNumber(FILETIME time) { return ((ULONG64)time.dwHighDateTime << 32) | time.dwLowDateTime; }

static ULONG64 creationTimeOf(HANDLE process) {
  FILETIME created, exited, kernel, user;
  if (!GetProcessTimes(process, &created, &exited, &kernel, &user)) return 0;
  return fileTimeNumber(created);
}

/* Every process that names the same file, in whatever case and with whatever slashes, must come to the same mutex. */
static void nameMutex(char *name, size_t size) {
  ULONG64 hash = 14695981039346656037ull;
  for (const char *character = path; *character != 0; character++) {
    int folded = *character == '/' ? '\\' : tolower((unsigned char)*character);
    hash = (hash ^ (ULONG64)folded) * 1099511628211ull;
  }
  snprintf(name, size, "Global\\portpool-%016llx", hash);
}

static BOOL CALLBACK openPool(PINIT_ONCE once, void *parameter, void **context) {
  (void)once, (void)parameter, (void)context;
  char mutexName[64];
  readOwnGuesses();
  readOwnFaults();
  GetEnvironmentVariableA("PORTPOOL_FILE", path, sizeof path);
  nameMutex(mutexName, sizeof mutexName);
  ownCreatedAt = creationTimeOf(GetCurrentProcess());
  mutex = CreateMutexA(NULL, FALSE, mutexName);
  if (mutex == NULL) failLoudly("the mutex cannot be made", mutexName, GetLastError());

  HANDLE file = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                            OPEN_ALWAYS, 0, NULL);
  if (file == INVALID_HANDLE_VALUE) failLoudly("the pool file cannot be opened", path, GetLastError());
  HANDLE mapping = CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, sizeof(Pool), NULL);
  if (mapping != NULL) mapped = MapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, 0, sizeof(Pool));
  if (mapped == NULL) failLoudly("the pool file cannot be mapped", path, GetLastError());
  return TRUE;
}

static BOOL isGone(DWORD processId, ULONG64 createdAt) {
  HANDLE process = OpenProcess(SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION, FALSE, processId);
  if (process == NULL) return TRUE;
  BOOL hasEnded = WaitForSingleObject(process, 0) == WAIT_OBJECT_0;
  BOOL isAnother = creationTimeOf(process) != createdAt;
  CloseHandle(process);
  return hasEnded || isAnother;
}

/* The kernel drops a runtime reservation with its process; here the next caller does. */
static void sweep(void) {
  DWORD checkedProcessId = GetCurrentProcessId();
  BOOL ownerIsGone = FALSE;
  for (DWORD index = 0; index < mapped->entryCount; index++) {
    Entry *entry = &mapped->entries[index];
    if (entry->kind != KIND_RUNTIME || isOwn(entry)) continue;
    if (entry->ownerProcessId != checkedProcessId) {
      checkedProcessId = entry->ownerProcessId;
      ownerIsGone = isGone(entry->ownerProcessId, entry->ownerCreatedAt);
    }
    if (ownerIsGone) removeEntry(entry);
  }
}

void lockPool(void) {
  InitOnceExecuteOnce(&opened, openPool, NULL, NULL);
  /* WAIT_ABANDONED is fine: whoever was killed in here wrote at most one entry, and marks it used last. */
  WaitForSingleObject(mutex, INFINITE);
  if (mapped->magic != POOL_MAGIC) resetPool();
  sweep();
}

void unlockPool(void) { ReleaseMutex(mutex); }

Pool *pool(void) { return mapped; }

const char *poolPath(void) { return path; }

BOOL runIsValid(Run run) {
  return run.firstPort != 0 && run.portCount != 0 && run.firstPort + run.portCount - 1 <= PORT_MAX;
}

BOOL runHasPort(Run run, DWORD port) { return port >= run.firstPort && port < run.firstPort + run.portCount; }

static BOOL runsOverlap(Run left, Run right) {
  return left.firstPort < right.firstPort + right.portCount && right.firstPort < left.firstPort + left.portCount;
}

Entry *findOverlap(Protocol protocol, Run run) {
  for (DWORD index = 0; index < mapped->entryCount; index++) {
    Entry *entry = &mapped->entries[index];
    if (entry->kind != KIND_FREE && entry->protocol == protocol && runsOverlap(entry->run, run)) return entry;
  }
  return NULL;
}

Entry *findReservation(Protocol protocol, DWORD port) {
  for (DWORD index = 0; index < mapped->entryCount; index++) {
    Entry *entry = &mapped->entries[index];
    BOOL hasToken = entry->kind == KIND_PERSISTENT || entry->kind == KIND_RUNTIME;
    if (hasToken && entry->protocol == protocol && runHasPort(entry->run, port)) return entry;
  }
  return NULL;
}

Entry *findExact(Kind kind, Protocol protocol, Run run) {
  for (DWORD index = 0; index < mapped->entryCount; index++) {
    Entry *entry = &mapped->entries[index];
    if (entry->kind == kind && entry->protocol == protocol && entry->run.firstPort == run.firstPort &&
        entry->run.portCount == run.portCount)
      return entry;
  }
  return NULL;
}

Entry *findByToken(ULONG64 token) {
  if (token == 0) return NULL;
  for (DWORD index = 0; index < mapped->entryCount; index++) {
    Entry *entry = &mapped->entries[index];
    if ((entry->kind == KIND_PERSISTENT || entry->kind == KIND_RUNTIME) && entry->token == token) return entry;
  }
  return NULL;
}

BOOL isOwn(const Entry *entry) {
  return entry->kind == KIND_RUNTIME && entry->ownerProcessId == GetCurrentProcessId() &&
         entry->ownerCreatedAt == ownCreatedAt;
}

/* SplitMix64: tokens that look like nothing, all 64 bits in use. */
static ULONG64 nextToken(void) {
  ULONG64 mixed = (mapped->tokenSeed += 0x9E3779B97F4A7C15ull);
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ull;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBull;
  mixed ^= mixed >> 31;
  return mixed == 0 ? 1 : mixed;
}

static Entry *unusedEntry(void) {
  for (DWORD index = 0; index < mapped->entryCount; index++)
    if (mapped->entries[index].kind == KIND_FREE) return &mapped->entries[index];
  return mapped->entryCount == ENTRIES_MAX ? NULL : &mapped->entries[mapped->entryCount++];
}

Entry *addEntry(Kind kind, Protocol protocol, Run run) {
  Entry *entry = unusedEntry();
  if (entry == NULL) return NULL;
  ZeroMemory(entry, sizeof *entry);
  entry->protocol = protocol;
  entry->run = run;
  if (kind != KIND_ADMINISTERED) entry->token = nextToken();
  entry->ownerProcessId = GetCurrentProcessId();
  entry->ownerCreatedAt = ownCreatedAt;
  entry->kind = kind;
  return entry;
}

void removeEntry(Entry *entry) { entry->kind = KIND_FREE; }

void noteBound(Protocol protocol, DWORD port) {
  PortOwner *owner = &mapped->owners[protocol][port];
  owner->processId = GetCurrentProcessId();
  owner->createdAt = ownCreatedAt;
}

DWORD portOwner(Protocol protocol, DWORD port) {
  const PortOwner *owner = &mapped->owners[protocol][port];
  if (owner->processId == 0 || guessValue(GUESS_TABLE_OWNERS) == 2) return owner->processId;
  return isGone(owner->processId, owner->createdAt) ? 0 : owner->processId;
}

void rebootPool(void) {
  BOOL tokensAreKept = guessValue(GUESS_TOKENS_KEPT) != 0;
  for (DWORD index = 0; index < mapped->entryCount; index++) {
    Entry *entry = &mapped->entries[index];
    if (entry->kind == KIND_RUNTIME || (entry->kind == KIND_ADMINISTERED && entry->endsAtReboot)) removeEntry(entry);
    else if (entry->kind == KIND_PERSISTENT && !tokensAreKept) entry->token = nextToken();
  }
}

/* The default: https://learn.microsoft.com/troubleshoot/windows-server/networking/default-dynamic-port-range-tcpip-chang */
static const Run defaultDynamicRange = {49152, 16384};

void resetPool(void) {
  FILETIME now;
  GetSystemTimeAsFileTime(&now);
  ZeroMemory(mapped, sizeof *mapped);
  mapped->tokenSeed = fileTimeNumber(now);
  mapped->dynamicRange = defaultDynamicRange;
  for (int guess = 0; guess < GUESS_COUNT; guess++) mapped->guesses[guess] = guessDescriptions[guess].value;
  mapped->magic = POOL_MAGIC;
}

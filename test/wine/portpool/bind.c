/*
 * Emulates what the kernel decides at bind: a reserved port is refused to a socket without association, an associated one stays
 * within its run, and the system's own picks stay outside of every reservation and exclusion. IPv4 and IPv6 share the pool.
 */
#include "faults.h"
#include "real-winsock.h"
#include "sockets.h"
#include <string.h>

enum { PICKS_MAX = 64 };

/* The port is at the same place for IPv4 and IPv6, so one copy of the address serves both. */
typedef union {
  struct sockaddr any;
  struct sockaddr_in ipv4;
  struct sockaddr_in6 ipv6;
} Address;

static int bindPort(SOCKET socket, Address address, int length, DWORD port) {
  address.ipv4.sin_port = swapBytes((USHORT)port);
  return realWinsock()->bind(socket, &address.any, length);
}

static DWORD boundPort(SOCKET socket) {
  Address address;
  int length = sizeof address;
  if (realWinsock()->getsockname(socket, &address.any, &length) != 0) return 0;
  return swapBytes(address.ipv4.sin_port);
}

static BOOL isTaken(int error) { return error == WSAEADDRINUSE || error == WSAEACCES; }

/* Fails with the last port's error when none is free: https://learn.microsoft.com/windows/win32/winsock/sio-associate-port-reservation */
static int bindFirstFree(SOCKET socket, Address address, int length, Run run) {
  for (DWORD port = run.firstPort; port < run.firstPort + run.portCount; port++) {
    if (bindPort(socket, address, length, port) == 0) return 0;
    if (!isTaken(realWinsock()->getLastError())) return SOCKET_ERROR;
  }
  return SOCKET_ERROR;
}

/* The system picks at random from the dynamic range, outside of everything reserved or excluded. */
static int bindSystemPick(SOCKET socket, Address address, int length, Protocol protocol) {
  Run dynamic = pool()->dynamicRange;
  ULONG64 state = GetTickCount64() * 6364136223846793005ull + GetCurrentThreadId() + (ULONG64)socket;
  for (int pick = 0; pick < PICKS_MAX; pick++) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    Run candidate = {dynamic.firstPort + (DWORD)(state >> 33) % dynamic.portCount, 1};
    if (findOverlap(protocol, candidate) != NULL) continue;
    if (bindPort(socket, address, length, candidate.firstPort) == 0) return 0;
    if (!isTaken(realWinsock()->getLastError())) return SOCKET_ERROR;
  }
  return failWith(WSAENOBUFS);
}

static int bindPlainly(SOCKET socket, Address address, int length, Protocol protocol, DWORD port) {
  if (port == 0) return bindSystemPick(socket, address, length, protocol);
  /* Field knowledge: Node's "listen EACCES" on ports above 1024 that nobody listens on, nodejs/node#35637. */
  if (findReservation(protocol, port) != NULL) return failWith(WSAEACCES);
  return bindPort(socket, address, length, port);
}

/* A guess of 0 has the association do nothing. */
static int bindAssociated(SOCKET socket, Address address, int length, Protocol protocol, DWORD port, ULONG64 token) {
  Entry *entry = findByToken(token);
  DWORD refusal = 0;
  if (entry == NULL) {
    refusal = guessValue(GUESS_BIND_AFTER_DELETE);
  } else if (port == 0) {
    if (bindFirstFree(socket, address, length, entry->run) == 0) return 0;
    if (!isTaken(realWinsock()->getLastError())) return SOCKET_ERROR;
    refusal = guessValue(GUESS_BIND_RUN_FULL);
  } else if (!runHasPort(entry->run, port)) {
    refusal = guessValue(GUESS_BIND_OUTSIDE_RUN);
  } else {
    /* In a run of one port MsQuic binds the port by its number: microsoft/msquic src/platform/datapath_winuser.c. */
    refusal = entry->run.portCount == 1 ? 0 : guessValue(GUESS_EXPLICIT_BIND_IN_RUN);
    return refusal != 0 ? failWith((int)refusal) : bindPort(socket, address, length, port);
  }
  return refusal != 0 ? failWith((int)refusal) : bindPlainly(socket, address, length, protocol, port);
}

static int bindLocked(SOCKET socket, Address address, int length, Protocol protocol) {
  DWORD port = swapBytes(address.ipv4.sin_port);
  DWORD fault = takeFault("bind", port);
  if (fault != 0) return failWith((int)fault);
  ULONG64 token = associatedToken(socket);
  if (token != 0) return bindAssociated(socket, address, length, protocol, port, token);
  return bindPlainly(socket, address, length, protocol, port);
}

static BOOL isInternetAddress(const struct sockaddr *name, int length) {
  if (name == NULL) return FALSE;
  if (name->sa_family == AF_INET) return length >= (int)sizeof(struct sockaddr_in);
  return name->sa_family == AF_INET6 && length >= (int)sizeof(struct sockaddr_in6);
}

/* https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-bind */
__declspec(dllexport) int WSAAPI bind(SOCKET socket, const struct sockaddr *name, int length) {
  Protocol protocol;
  if (!isInternetAddress(name, length) || !protocolOf(socket, &protocol)) return realWinsock()->bind(socket, name, length);
  Address address;
  int copied = length < (int)sizeof address ? length : (int)sizeof address;
  memcpy(&address, name, (size_t)copied);

  lockPool();
  int result = bindLocked(socket, address, copied, protocol);
  int error = result == 0 ? 0 : realWinsock()->getLastError();
  if (result == 0) noteBound(protocol, boundPort(socket));
  unlockPool();
  return result == 0 ? 0 : failWith(error);
}

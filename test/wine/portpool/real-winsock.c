/* See real-winsock.h. */
#include "real-winsock.h"
#include "text.h"

static RealWinsock functions;
static INIT_ONCE found = INIT_ONCE_STATIC_INIT;

static void *find(HMODULE library, const char *name) {
  void *function = (void *)GetProcAddress(library, name);
  if (function == NULL) failLoudly("Wine's sockets lack a function", name, GetLastError());
  return function;
}

static BOOL CALLBACK findFunctions(PINIT_ONCE once, void *parameter, void **context) {
  (void)once, (void)parameter, (void)context;
  HMODULE library = GetModuleHandleA("ws2real.dll");
  if (library == NULL) library = LoadLibraryA("ws2_32.dll");
  if (library == NULL) failLoudly("Wine's sockets cannot be loaded", "ws2_32.dll", GetLastError());
  functions.startup = find(library, "WSAStartup");
  functions.socket = find(library, "socket");
  functions.bind = find(library, "bind");
  functions.closesocket = find(library, "closesocket");
  functions.getsockname = find(library, "getsockname");
  functions.getsockopt = find(library, "getsockopt");
  functions.setsockopt = find(library, "setsockopt");
  functions.ioctl = find(library, "WSAIoctl");
  functions.duplicateSocket = find(library, "WSADuplicateSocketW");
  functions.socketFromInfo = find(library, "WSASocketW");
  functions.getLastError = find(library, "WSAGetLastError");
  functions.setLastError = find(library, "WSASetLastError");
  return TRUE;
}

const RealWinsock *realWinsock(void) {
  InitOnceExecuteOnce(&found, findFunctions, NULL, NULL);
  return &functions;
}

/* See sockets.h. */
#include "sockets.h"
#include "real-winsock.h"
#include "text.h"

enum { ASSOCIATIONS_MAX = 8192 };

typedef struct {
  SOCKET socket;
  ULONG64 token;
} Association;

static Association associations[ASSOCIATIONS_MAX];
static int associationCount;
static SRWLOCK associationsLock = SRWLOCK_INIT;

BOOL protocolOf(SOCKET socket, Protocol *protocol) {
  int type = 0;
  int length = sizeof type;
  if (realWinsock()->getsockopt(socket, SOL_SOCKET, SO_TYPE, (char *)&type, &length) != 0) return FALSE;
  if (type != SOCK_STREAM && type != SOCK_DGRAM) {
    realWinsock()->setLastError(WSAEOPNOTSUPP);
    return FALSE;
  }
  *protocol = type == SOCK_STREAM ? PROTOCOL_TCP : PROTOCOL_UDP;
  return TRUE;
}

BOOL isBound(SOCKET socket) {
  struct sockaddr_storage address;
  int length = sizeof address;
  return realWinsock()->getsockname(socket, (struct sockaddr *)&address, &length) == 0;
}

int failWith(int error) {
  realWinsock()->setLastError(error);
  return SOCKET_ERROR;
}

static Association *findAssociation(SOCKET socket) {
  for (int index = 0; index < associationCount; index++)
    if (associations[index].socket == socket) return &associations[index];
  return NULL;
}

void rememberAssociation(SOCKET socket, ULONG64 token) {
  AcquireSRWLockExclusive(&associationsLock);
  Association *association = findAssociation(socket);
  if (association == NULL) {
    if (associationCount == ASSOCIATIONS_MAX) failLoudly("too many associated sockets", "sockets.c", 0);
    association = &associations[associationCount++];
    association->socket = socket;
  }
  association->token = token;
  ReleaseSRWLockExclusive(&associationsLock);
}

void forgetAssociation(SOCKET socket) {
  AcquireSRWLockExclusive(&associationsLock);
  Association *association = findAssociation(socket);
  if (association != NULL) *association = associations[--associationCount];
  ReleaseSRWLockExclusive(&associationsLock);
}

ULONG64 associatedToken(SOCKET socket) {
  AcquireSRWLockShared(&associationsLock);
  Association *association = findAssociation(socket);
  ULONG64 token = association == NULL ? 0 : association->token;
  ReleaseSRWLockShared(&associationsLock);
  return token;
}

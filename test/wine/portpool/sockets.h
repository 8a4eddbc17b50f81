/* What the socket functions of the emulation have in common. */
#ifndef PORTPOOL_SOCKETS_H
#define PORTPOOL_SOCKETS_H

#include "pool.h"

/* TCP or UDP, by the socket's type. Returns FALSE for any other socket, and when it is none (Winsock's last error is set). */
BOOL protocolOf(SOCKET socket, Protocol *protocol);

BOOL isBound(SOCKET socket);

/* Sets Winsock's last error and returns SOCKET_ERROR. */
int failWith(int error);

/*
 * Which reservation a socket was associated with, in this process. Kept beside the handle: a socket duplicated before it is
 * bound loses it, one duplicated after needs it no more.
 */
void rememberAssociation(SOCKET socket, ULONG64 token);
void forgetAssociation(SOCKET socket);
/* 0 when there is none. */
ULONG64 associatedToken(SOCKET socket);

#endif

/*
 * Wine's own socket functions. Within portpool.dll they are those of ws2real.dll, the copy of Wine's ws2_32.dll that the
 * forwarder stands in front of; in portpoolctl.exe and netsh.exe, which have no forwarder, those of ws2_32.dll.
 */
#ifndef PORTPOOL_REAL_WINSOCK_H
#define PORTPOOL_REAL_WINSOCK_H

#include <winsock2.h>
#include <ws2tcpip.h>

typedef struct {
  int(WSAAPI *startup)(WORD, LPWSADATA);
  SOCKET(WSAAPI *socket)(int, int, int);
  int(WSAAPI *bind)(SOCKET, const struct sockaddr *, int);
  int(WSAAPI *closesocket)(SOCKET);
  int(WSAAPI *getsockname)(SOCKET, struct sockaddr *, int *);
  int(WSAAPI *getsockopt)(SOCKET, int, int, char *, int *);
  int(WSAAPI *setsockopt)(SOCKET, int, int, const char *, int);
  int(WSAAPI *ioctl)(SOCKET, DWORD, void *, DWORD, void *, DWORD, DWORD *, LPWSAOVERLAPPED, LPWSAOVERLAPPED_COMPLETION_ROUTINE);
  int(WSAAPI *duplicateSocket)(SOCKET, DWORD, LPWSAPROTOCOL_INFOW);
  SOCKET(WSAAPI *socketFromInfo)(int, int, int, LPWSAPROTOCOL_INFOW, GROUP, DWORD);
  int(WSAAPI *getLastError)(void);
  void(WSAAPI *setLastError)(int);
} RealWinsock;

/* Never NULL; ends the process when the functions cannot be found. */
const RealWinsock *realWinsock(void);

#endif

/* See port-in-use.h. */
#include "port-in-use.h"
#include "real-winsock.h"
#include <string.h>

/* A wildcard socket meets everything of its family; an IPv6 one that takes IPv4 too meets both. */
static BOOL wildcardCannotBind(int family, Protocol protocol, DWORD port) {
  const RealWinsock *real = realWinsock();
  SOCKET probe = real->socket(family, protocol == PROTOCOL_TCP ? SOCK_STREAM : SOCK_DGRAM,
                              protocol == PROTOCOL_TCP ? IPPROTO_TCP : IPPROTO_UDP);
  if (probe == INVALID_SOCKET) return FALSE;
  BOOL exclusive = TRUE;
  DWORD ipv6Only = TRUE;
  real->setsockopt(probe, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (const char *)&exclusive, sizeof exclusive);
  if (family == AF_INET6) real->setsockopt(probe, IPPROTO_IPV6, IPV6_V6ONLY, (const char *)&ipv6Only, sizeof ipv6Only);

  struct sockaddr_in6 address;
  memset(&address, 0, sizeof address);
  address.sin6_family = (short)family;
  address.sin6_port = swapBytes((USHORT)port); /* at the same place in sockaddr_in */
  int length = family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
  int bound = real->bind(probe, (struct sockaddr *)&address, length);
  int error = bound == 0 ? 0 : real->getLastError();
  real->closesocket(probe);
  return error == WSAEADDRINUSE || error == WSAEACCES;
}

BOOL runIsInUse(Protocol protocol, Run run) {
  /* A caller of iphlpapi.dll need not have started Winsock; starting it again only counts. */
  WSADATA data;
  realWinsock()->startup(MAKEWORD(2, 2), &data);
  for (DWORD port = run.firstPort; port < run.firstPort + run.portCount; port++)
    if (wildcardCannotBind(AF_INET, protocol, port) || wildcardCannotBind(AF_INET6, protocol, port)) return TRUE;
  return FALSE;
}

/* Emulates the end of a socket: its association is forgotten, and a runtime reservation ends with the socket that acquired it. */
#include "real-winsock.h"
#include "sockets.h"

/* It lasts as long as the socket it was acquired on: https://learn.microsoft.com/windows/win32/winsock/sio-acquire-port-reservation */
static void endReservationsOf(SOCKET socket) {
  lockPool();
  for (DWORD index = 0; index < pool()->entryCount; index++) {
    Entry *entry = &pool()->entries[index];
    if (isOwn(entry) && entry->ownerSocket == (ULONG64)socket) removeEntry(entry);
  }
  unlockPool();
}

/* https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-closesocket */
__declspec(dllexport) int WSAAPI closesocket(SOCKET socket) {
  forgetAssociation(socket);
  endReservationsOf(socket);
  return realWinsock()->closesocket(socket);
}

/* WSADuplicateSocketW and WSASocketW are Wine's own; they are here only so that the fault switch reaches them. */
#include "faults.h"
#include "real-winsock.h"
#include "sockets.h"

static int faultOf(const char *api) {
  lockPool();
  DWORD fault = takeFault(api, 0);
  unlockPool();
  return (int)fault;
}

/* https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaduplicatesocketw */
__declspec(dllexport) int WSAAPI WSADuplicateSocketW(SOCKET socket, DWORD processId, LPWSAPROTOCOL_INFOW info) {
  int fault = faultOf(__func__);
  return fault != 0 ? failWith(fault) : realWinsock()->duplicateSocket(socket, processId, info);
}

/* https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasocketw */
__declspec(dllexport) SOCKET WSAAPI WSASocketW(int family, int type, int protocol, LPWSAPROTOCOL_INFOW info, GROUP group,
                                               DWORD flags) {
  int fault = faultOf(__func__);
  if (fault == 0) return realWinsock()->socketFromInfo(family, type, protocol, info, group, flags);
  failWith(fault);
  return INVALID_SOCKET;
}

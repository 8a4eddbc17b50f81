/* Emulates the three port reservation ioctls of WSAIoctl; every other ioctl goes to Wine. */
#include "faults.h"
#include "port-in-use.h"
#include "real-winsock.h"
#include "sockets.h"
#include <string.h>

/* mstcpip.h, https://learn.microsoft.com/windows/win32/winsock/winsock-ioctls */
#define SIO_ACQUIRE 0x98000064u
#define SIO_RELEASE 0x98000065u
#define SIO_ASSOCIATE 0x98000066u

/* https://learn.microsoft.com/windows/win32/api/mstcpip/ns-mstcpip-inet_port_range; the first port is in network order. */
typedef struct {
  USHORT startPort;
  USHORT numberOfPorts;
} InetPortRange;

/* https://learn.microsoft.com/windows/win32/api/mstcpip/ns-mstcpip-inet_port_reservation_instance */
typedef struct {
  InetPortRange reservation;
  ULONG64 token;
} InetPortReservationInstance;

_Static_assert(sizeof(InetPortRange) == 4, "INET_PORT_RANGE is 4 bytes");
_Static_assert(sizeof(InetPortReservationInstance) == 16, "INET_PORT_RESERVATION_INSTANCE is 16 bytes");

typedef struct {
  SOCKET socket;
  Protocol protocol;
  const void *input;
  DWORD inputSize;
  void *output;
  DWORD outputSize;
  DWORD written;
} IoctlCall;

/* The first run of the dynamic range that is free; firstPort 0 when there is none. */
static Run freeDynamicRun(Protocol protocol, DWORD portCount) {
  Run dynamic = pool()->dynamicRange;
  Run run = {dynamic.firstPort, portCount};
  while (run.firstPort + portCount <= dynamic.firstPort + dynamic.portCount) {
    Entry *overlap = findOverlap(protocol, run);
    if (overlap == NULL && !runIsInUse(protocol, run)) return run;
    run.firstPort = overlap == NULL ? run.firstPort + 1 : overlap->run.firstPort + overlap->run.portCount;
  }
  run.firstPort = 0;
  return run;
}

/* The error that refuses a run named by the caller; 0 when it is free. */
static int refusalOf(Protocol protocol, Run run) {
  if (!runIsValid(run)) return WSAEINVAL;
  if (findOverlap(protocol, run) != NULL) return (int)guessValue(GUESS_ACQUIRE_OVERLAP);
  DWORD refusal = guessValue(GUESS_ACQUIRE_BOUND);
  return refusal != 0 && runIsInUse(protocol, run) ? (int)refusal : 0;
}

/* https://learn.microsoft.com/windows/win32/winsock/sio-acquire-port-reservation */
static int acquire(IoctlCall *call) {
  InetPortRange range;
  if (call->input == NULL || call->inputSize < sizeof range || call->output == NULL) return WSAEFAULT;
  if (call->outputSize < sizeof(InetPortReservationInstance)) return WSAEINVAL;
  memcpy(&range, call->input, sizeof range);
  Run run = {swapBytes(range.startPort), range.numberOfPorts};
  if (run.portCount == 0) return WSAEINVAL;
  if (run.firstPort == 0) {
    run = freeDynamicRun(call->protocol, run.portCount);
    if (run.firstPort == 0) return (int)guessValue(GUESS_ACQUIRE_NONE_LEFT);
  } else {
    int refusal = refusalOf(call->protocol, run);
    if (refusal != 0) return refusal;
  }
  Entry *entry = addEntry(KIND_RUNTIME, call->protocol, run);
  if (entry == NULL) return WSAENOBUFS;
  entry->ownerSocket = (ULONG64)call->socket;

  InetPortReservationInstance instance = {{swapBytes((USHORT)run.firstPort), (USHORT)run.portCount}, entry->token};
  memcpy(call->output, &instance, sizeof instance);
  call->written = sizeof instance;
  return 0;
}

/* Finds the reservation that the input's token names; none where a guess allows that. Returns an error when this caller may not use it. */
static int findTokenOf(IoctlCall *call, Entry **entry) {
  ULONG64 token;
  if (call->input == NULL || call->inputSize < sizeof token) return WSAEFAULT;
  memcpy(&token, call->input, sizeof token);
  *entry = findByToken(token);
  if (*entry != NULL && (*entry)->protocol != call->protocol) *entry = NULL;
  if (*entry == NULL) return (int)guessValue(GUESS_ASSOCIATE_UNKNOWN);
  if ((*entry)->kind == KIND_RUNTIME && !isOwn(*entry)) return (int)guessValue(GUESS_ASSOCIATE_FOREIGN);
  return 0;
}

/* https://learn.microsoft.com/windows/win32/winsock/sio-release-port-reservation */
static int release(IoctlCall *call) {
  Entry *entry;
  int error = findTokenOf(call, &entry);
  if (error != 0 || entry == NULL) return error;
  if (entry->kind == KIND_PERSISTENT) return (int)guessValue(GUESS_RELEASE_PERSISTENT);
  DWORD refusal = guessValue(GUESS_RELEASE_BOUND);
  if (refusal != 0 && runIsInUse(entry->protocol, entry->run)) return (int)refusal;
  removeEntry(entry);
  return 0;
}

/* https://learn.microsoft.com/windows/win32/winsock/sio-associate-port-reservation */
static int associate(IoctlCall *call) {
  Entry *entry;
  int error = findTokenOf(call, &entry);
  if (error != 0 || entry == NULL) return error;
  if (entry->kind == KIND_PERSISTENT && processIsNotElevated()) return WSAEACCES;
  if (isBound(call->socket)) return (int)guessValue(GUESS_ASSOCIATE_BOUND);
  rememberAssociation(call->socket, entry->token);
  return 0;
}

/* The port that a fault may be limited to: that of the range, or the first one of the token's reservation. */
static DWORD portOf(DWORD code, const IoctlCall *call) {
  if (call->input == NULL) return 0;
  if (code == SIO_ACQUIRE) return call->inputSize < 2 ? 0 : swapBytes(*(const USHORT *)call->input);
  Entry *entry = call->inputSize < sizeof(ULONG64) ? NULL : findByToken(*(const ULONG64 *)call->input);
  return entry == NULL ? 0 : entry->run.firstPort;
}

static int answer(DWORD code, IoctlCall *call) {
  const char *api = code == SIO_ACQUIRE   ? "SIO_ACQUIRE_PORT_RESERVATION"
                    : code == SIO_RELEASE ? "SIO_RELEASE_PORT_RESERVATION"
                                          : "SIO_ASSOCIATE_PORT_RESERVATION";
  lockPool();
  int error = (int)takeFault(api, portOf(code, call));
  if (error == 0) error = code == SIO_ACQUIRE ? acquire(call) : code == SIO_RELEASE ? release(call) : associate(call);
  unlockPool();
  return error;
}

/* https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaioctl */
__declspec(dllexport) int WSAAPI WSAIoctl(SOCKET socket, DWORD code, void *input, DWORD inputSize, void *output,
                                          DWORD outputSize, DWORD *written, LPWSAOVERLAPPED overlapped,
                                          LPWSAOVERLAPPED_COMPLETION_ROUTINE completion) {
  if (code != SIO_ACQUIRE && code != SIO_RELEASE && code != SIO_ASSOCIATE)
    return realWinsock()->ioctl(socket, code, input, inputSize, output, outputSize, written, overlapped, completion);
  IoctlCall call = {.socket = socket, .input = input, .inputSize = inputSize, .output = output, .outputSize = outputSize};
  /* protocolOf has set WSAENOTSOCK or WSAEOPNOTSUPP. */
  if (!protocolOf(socket, &call.protocol)) return SOCKET_ERROR;
  /* WSAEFAULT also stands for a bad lpcbBytesReturned, by the pages of the ioctls. */
  int error = written == NULL ? WSAEFAULT : answer(code, &call);
  if (error != 0) return failWith(error);
  *written = call.written;
  return 0;
}

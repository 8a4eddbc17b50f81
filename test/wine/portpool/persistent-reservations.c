/*
 * Emulates the six functions of iphlpapi.dll that Wine lacks: Create, Delete and Lookup of persistent reservations, TCP and UDP.
 * All return a Win32 error code. `startPort` is in network order, `numberOfPorts` in host order.
 */
#include "faults.h"
#include "port-in-use.h"

typedef ULONG (*Step)(Protocol protocol, Run run, PULONG64 token);

/* https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-createpersistenttcpportreservation */
static ULONG create(Protocol protocol, Run run, PULONG64 token) {
  if (token == NULL || !runIsValid(run)) return ERROR_INVALID_PARAMETER;
  if (processIsNotElevated()) return ERROR_ACCESS_DENIED;
  if (findOverlap(protocol, run) != NULL || runIsInUse(protocol, run)) return ERROR_SHARING_VIOLATION;
  Entry *entry = addEntry(KIND_PERSISTENT, protocol, run);
  if (entry == NULL) return ERROR_NO_SYSTEM_RESOURCES;
  *token = entry->token;
  return NO_ERROR;
}

/* https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-deletepersistenttcpportreservation */
static ULONG delete(Protocol protocol, Run run, PULONG64 token) {
  (void)token;
  if (!runIsValid(run)) return ERROR_INVALID_PARAMETER;
  if (processIsNotElevated()) return ERROR_ACCESS_DENIED;
  Entry *entry = findExact(KIND_PERSISTENT, protocol, run);
  if (entry == NULL) return ERROR_NOT_FOUND;
  DWORD refusal = guessValue(GUESS_DELETE_BOUND);
  if (refusal != 0 && runIsInUse(protocol, run)) return refusal;
  removeEntry(entry);
  return NO_ERROR;
}

/* https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-lookuppersistenttcpportreservation */
static ULONG lookup(Protocol protocol, Run run, PULONG64 token) {
  if (token == NULL || !runIsValid(run)) return ERROR_INVALID_PARAMETER;
  Entry *entry = findExact(KIND_PERSISTENT, protocol, run);
  if (entry == NULL) return ERROR_NOT_FOUND;
  *token = entry->token;
  return NO_ERROR;
}

static ULONG call(const char *api, Step step, Protocol protocol, USHORT startPort, USHORT numberOfPorts, PULONG64 token) {
  Run run = {swapBytes(startPort), numberOfPorts};
  lockPool();
  ULONG error = takeFault(api, run.firstPort);
  BOOL endsHere = error == FAULT_ENDS_PROCESS;
  if (error == NO_ERROR || endsHere) error = step(protocol, run, token);
  unlockPool();
  if (endsHere) TerminateProcess(GetCurrentProcess(), 1);
  return error;
}

__declspec(dllexport) ULONG WINAPI CreatePersistentTcpPortReservation(USHORT startPort, USHORT numberOfPorts, PULONG64 token) {
  return call(__func__, create, PROTOCOL_TCP, startPort, numberOfPorts, token);
}

__declspec(dllexport) ULONG WINAPI CreatePersistentUdpPortReservation(USHORT startPort, USHORT numberOfPorts, PULONG64 token) {
  return call(__func__, create, PROTOCOL_UDP, startPort, numberOfPorts, token);
}

__declspec(dllexport) ULONG WINAPI DeletePersistentTcpPortReservation(USHORT startPort, USHORT numberOfPorts) {
  return call(__func__, delete, PROTOCOL_TCP, startPort, numberOfPorts, NULL);
}

__declspec(dllexport) ULONG WINAPI DeletePersistentUdpPortReservation(USHORT startPort, USHORT numberOfPorts) {
  return call(__func__, delete, PROTOCOL_UDP, startPort, numberOfPorts, NULL);
}

__declspec(dllexport) ULONG WINAPI LookupPersistentTcpPortReservation(USHORT startPort, USHORT numberOfPorts, PULONG64 token) {
  return call(__func__, lookup, PROTOCOL_TCP, startPort, numberOfPorts, token);
}

__declspec(dllexport) ULONG WINAPI LookupPersistentUdpPortReservation(USHORT startPort, USHORT numberOfPorts, PULONG64 token) {
  return call(__func__, lookup, PROTOCOL_UDP, startPort, numberOfPorts, token);
}

/* See faults.h. */
#include "faults.h"
#include "text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Fault ownFaults[FAULTS_MAX];
static DWORD ownFaultCount;

BOOL parseFault(const char *text, Fault *fault) {
  ZeroMemory(fault, sizeof *fault);
  size_t apiLength = strcspn(text, ":=");
  if (apiLength == 0 || apiLength >= API_NAME_MAX) return FALSE;
  memcpy(fault->api, text, apiLength);
  fault->times = FAULT_EVERY;

  char *rest = (char *)text + apiLength;
  if (*rest == ':') fault->port = strtoul(rest + 1, &rest, 10);
  if (*rest != '=') return FALSE;
  if (strncmp(rest + 1, "end", 3) == 0) {
    fault->error = FAULT_ENDS_PROCESS;
    rest += 4;
  } else {
    fault->error = strtoul(rest + 1, &rest, 10);
  }
  if (*rest == '*') fault->times = strtoul(rest + 1, &rest, 10);
  if (*rest == '@') fault->skip = strtoul(rest + 1, &rest, 10);
  return *rest == 0 && fault->error != 0;
}

static void readOwnFault(const char *text) {
  if (ownFaultCount == FAULTS_MAX || !parseFault(text, &ownFaults[ownFaultCount]))
    failLoudly("PORTPOOL_FAULTS is not understood", text, 0);
  ownFaultCount += 1;
}

void readOwnFaults(void) { forEachListedInEnvironment("PORTPOOL_FAULTS", readOwnFault); }

static DWORD takeFrom(Fault *faults, DWORD count, const char *api, DWORD port) {
  for (DWORD index = 0; index < count; index++) {
    Fault *fault = &faults[index];
    if (fault->times == 0 || strcmp(fault->api, api) != 0 || (fault->port != 0 && fault->port != port)) continue;
    if (fault->skip > 0) {
      fault->skip -= 1;
      continue;
    }
    if (fault->times != FAULT_EVERY) fault->times -= 1;
    return fault->error;
  }
  return 0;
}

DWORD takeFault(const char *api, DWORD port) {
  DWORD error = takeFrom(ownFaults, ownFaultCount, api, port);
  return error != 0 ? error : takeFrom(pool()->faults, FAULTS_MAX, api, port);
}

/* See text.h. */
#include "text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

BOOL parseNumber(const char *text, DWORD *number) {
  if (*text == 0 || strlen(text) != strspn(text, "0123456789")) return FALSE;
  *number = strtoul(text, NULL, 10);
  return TRUE;
}

void forEachListedInEnvironment(const char *variable, void (*visit)(const char *item)) {
  static const DWORD charactersMax = 4096;
  char text[4096];
  DWORD length = GetEnvironmentVariableA(variable, text, charactersMax);
  if (length == 0) return;
  if (length >= charactersMax) failLoudly("the variable is too long", variable, 0);
  char *context = NULL;
  for (char *item = strtok_s(text, ",", &context); item != NULL; item = strtok_s(NULL, ",", &context)) visit(item);
}

void failLoudly(const char *what, const char *detail, DWORD error) {
  fprintf(stderr, "portpool: %s: %s (error %lu)\n", what, detail, error);
  fflush(stderr);
  TerminateProcess(GetCurrentProcess(), 70);
}

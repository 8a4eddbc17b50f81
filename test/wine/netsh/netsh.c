/*
 * A netsh.exe that knows the port commands only, and answers them from the emulated pool. Wine's own prints nothing at all.
 *
 *   netsh interface|int ipv4|ipv6 show excludedportrange [protocol=]tcp|udp [[store=]active|persistent]
 *   netsh interface|int ipv4|ipv6 add|delete excludedportrange [protocol=]tcp|udp [startport=]N [numberofports=]N [[store=]...]
 *   netsh interface|int ipv4|ipv6 show dynamicport [protocol=]tcp|udp
 *
 * ipv4 and ipv6 edit the same ranges, as on Windows. FAKE_NETSH_LOCALE (locales.h) chooses the language; FAKE_NETSH_OUTPUT names
 * a file that is printed instead of any answer: a recorded output, or an empty file for "nothing that can be parsed".
 * The fault "netsh" of the pool lets a command fail with that Win32 error.
 */
#include "../portpool/faults.h"
#include "../portpool/port-in-use.h"
#include "../portpool/text.h"
#include "locales.h"
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

typedef struct {
  Protocol protocol;
  Run run;
  BOOL endsAtReboot;
} Request;

static const NetshLocale *locale;

static const WCHAR *nameOf(Protocol protocol) { return protocol == PROTOCOL_TCP ? L"tcp" : L"udp"; }

/* One line in the OEM code page of the locale. */
static void printLine(const WCHAR *format, ...) {
  WCHAR wide[512];
  char bytes[1024];
  va_list arguments;
  va_start(arguments, format);
  _vsnwprintf(wide, 512, format, arguments);
  va_end(arguments);
  wide[511] = 0;
  int count = WideCharToMultiByte(locale->codePage, 0, wide, -1, bytes, sizeof bytes, NULL, NULL);
  if (count > 0) fwrite(bytes, 1, (size_t)count - 1, stdout);
  fputs("\r\n", stdout);
}

static int printFile(const char *path) {
  char bytes[4096];
  size_t count;
  FILE *file = fopen(path, "rb");
  if (file == NULL) failLoudly("FAKE_NETSH_OUTPUT cannot be read", path, GetLastError());
  while ((count = fread(bytes, 1, sizeof bytes, file)) > 0) fwrite(bytes, 1, count, stdout);
  fclose(file);
  return 0;
}

/* Windows' own English sentences; sql-docs#8145 shows the first where netsh refuses a port in use. */
static int printError(DWORD error) {
  if (error == ERROR_SHARING_VIOLATION)
    printLine(L"The process cannot access the file because it is being used by another process.");
  else if (error == ERROR_FILE_NOT_FOUND) printLine(L"The system cannot find the file specified.");
  else if (error == ERROR_ACCESS_DENIED) printLine(L"The requested operation requires elevation (Run as administrator).");
  else printLine(L"The operation failed with error %lu.", error);
  printLine(L"");
  return 1;
}

/* 0: not listed; 1: plain; 2: with an asterisk. */
static DWORD shownAs(const Entry *entry) {
  if (entry->kind == KIND_ADMINISTERED) return 2;
  if (entry->kind == KIND_PERSISTENT) return guessValue(GUESS_NETSH_PERSISTENT);
  return entry->kind == KIND_RUNTIME ? guessValue(GUESS_NETSH_RUNTIME) : 0;
}

static int byFirstPort(const void *left, const void *right) {
  return (int)((const Entry *)left)->run.firstPort - (int)((const Entry *)right)->run.firstPort;
}

static int showExclusions(const Request *request) {
  static Entry shown[ENTRIES_MAX];
  int count = 0;
  for (DWORD index = 0; index < pool()->entryCount; index++) {
    const Entry *entry = &pool()->entries[index];
    if (entry->kind != KIND_FREE && entry->protocol == request->protocol && shownAs(entry) != 0) shown[count++] = *entry;
  }
  qsort(shown, (size_t)count, sizeof shown[0], byFirstPort);

  printLine(L"");
  printLine(locale->exclusionsTitle, nameOf(request->protocol));
  printLine(L"");
  printLine(locale->columns);
  printLine(locale->dashes);
  for (int index = 0; index < count; index++) {
    Run run = shown[index].run;
    const WCHAR *mark = shownAs(&shown[index]) == 2 ? L"*" : L"";
    printLine(L"%10lu  %10lu     %ls", run.firstPort, run.firstPort + run.portCount - 1, mark);
  }
  printLine(L"");
  printLine(locale->exclusionsFooter);
  printLine(L"");
  return 0;
}

static int showDynamicPorts(const Request *request) {
  printLine(L"");
  printLine(locale->dynamicTitle, nameOf(request->protocol));
  printLine(L"---------------------------------");
  printLine(L"%-16ls: %lu", locale->dynamicStart, pool()->dynamicRange.firstPort);
  printLine(L"%-16ls: %lu", locale->dynamicCount, pool()->dynamicRange.portCount);
  printLine(L"");
  return 0;
}

static DWORD addExclusion(const Request *request) {
  if (processIsNotElevated()) return ERROR_ACCESS_DENIED;
  if (findOverlap(request->protocol, request->run) != NULL || runIsInUse(request->protocol, request->run))
    return ERROR_SHARING_VIOLATION;
  Entry *entry = addEntry(KIND_ADMINISTERED, request->protocol, request->run);
  if (entry == NULL) return ERROR_NO_SYSTEM_RESOURCES;
  entry->endsAtReboot = request->endsAtReboot;
  return NO_ERROR;
}

static DWORD deleteExclusion(const Request *request) {
  if (processIsNotElevated()) return ERROR_ACCESS_DENIED;
  Entry *entry = findExact(KIND_ADMINISTERED, request->protocol, request->run);
  if (entry == NULL) return ERROR_FILE_NOT_FOUND;
  removeEntry(entry);
  return NO_ERROR;
}

/* "startport=5000" and "5000" are the same to netsh. */
static const char *valueOf(const char *word) {
  const char *equals = strchr(word, '=');
  return equals == NULL ? word : equals + 1;
}

static BOOL parseRequest(char **words, int wordCount, BOOL hasRun, Request *request) {
  int expected = hasRun ? 3 : 1;
  if (wordCount < expected || wordCount > expected + 1) return FALSE;
  const char *protocol = valueOf(words[0]);
  if (strcmp(protocol, "tcp") != 0 && strcmp(protocol, "udp") != 0) return FALSE;
  request->protocol = strcmp(protocol, "udp") == 0 ? PROTOCOL_UDP : PROTOCOL_TCP;
  request->endsAtReboot = wordCount > expected && strcmp(valueOf(words[expected]), "active") == 0;
  if (!hasRun) return TRUE;
  return parseNumber(valueOf(words[1]), &request->run.firstPort) && parseNumber(valueOf(words[2]), &request->run.portCount) &&
         runIsValid(request->run);
}

static int change(const char *verb, const Request *request) {
  DWORD error = strcmp(verb, "add") == 0 ? addExclusion(request) : deleteExclusion(request);
  if (error != NO_ERROR) return printError(error);
  printLine(L"Ok.");
  printLine(L"");
  return 0;
}

/* `words`: verb, what, then its arguments. */
static int answer(char **words, int wordCount) {
  BOOL isShow = strcmp(words[0], "show") == 0;
  BOOL isChange = strcmp(words[0], "add") == 0 || strcmp(words[0], "delete") == 0;
  BOOL isExclusions = strcmp(words[1], "excludedportrange") == 0;
  Request request;
  ZeroMemory(&request, sizeof request);
  if (parseRequest(words + 2, wordCount - 2, isChange, &request)) {
    DWORD fault = takeFault("netsh", request.run.firstPort);
    if (fault != 0) return printError(fault);
    if (isChange && isExclusions) return change(words[0], &request);
    if (isShow && isExclusions) return showExclusions(&request);
    if (isShow && strcmp(words[1], "dynamicport") == 0) return showDynamicPorts(&request);
  }
  printLine(L"The syntax supplied for this command is not valid. Check help for the correct syntax.");
  printLine(L"");
  return 1;
}

int main(int argumentCount, char **arguments) {
  char recorded[MAX_PATH];
  _setmode(_fileno(stdout), _O_BINARY);
  if (GetEnvironmentVariableA("FAKE_NETSH_OUTPUT", recorded, sizeof recorded) > 0) return printFile(recorded);
  locale = netshLocale();
  if (locale == NULL) failLoudly("FAKE_NETSH_LOCALE is not known", "see locales.c", 0);
  BOOL isInterface = argumentCount > 4 && (strcmp(arguments[1], "int") == 0 || strcmp(arguments[1], "interface") == 0);
  BOOL isInternet = argumentCount > 4 && (strcmp(arguments[2], "ipv4") == 0 || strcmp(arguments[2], "ipv6") == 0);
  if (!isInterface || !isInternet) {
    printLine(L"The following command was not found.");
    return 1;
  }
  lockPool();
  int exitCode = answer(arguments + 3, argumentCount - 3);
  unlockPool();
  return exitCode;
}

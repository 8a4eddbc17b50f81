/*
 * portpoolctl.exe: what tests do to the emulated pool from outside. It is no part of the emulation's rules and is never
 * elevated or refused. Prints JSON for `list`, nothing else; exit code 0, 2 for a command that is not understood, 1 for one that
 * cannot be done.
 *
 *   list                                    every reservation, exclusion, switch and fault, as JSON
 *   guesses                                 the table of switches, for people
 *   reboot                                  what a restart of the machine does to the pool
 *   reset                                   an empty pool, switches and faults as at first
 *   exclude tcp|udp FIRST COUNT             an administered exclusion; include takes it away
 *   reserve tcp|udp FIRST COUNT             a persistent reservation that is somebody else's; unreserve takes it away
 *   dynamic FIRST COUNT                     the dynamic port range
 *   fault API[:PORT]=ERROR[*TIMES][@SKIP]   see faults.h; `fault clear` takes all away
 *   guess NAME=VALUE                        see behaviour.h
 */
#include "../portpool/faults.h"
#include "../portpool/text.h"
#include <stdio.h>
#include <string.h>

enum { EXIT_NOT_DONE = 1, EXIT_NOT_UNDERSTOOD = 2 };

typedef struct {
  Protocol protocol;
  Run run;
} Range;

static const char *const kindNames[] = {"free", "persistent", "runtime", "administered"};

static void printEntries(void) {
  const char *separator = "";
  for (DWORD index = 0; index < pool()->entryCount; index++) {
    const Entry *entry = &pool()->entries[index];
    if (entry->kind == KIND_FREE) continue;
    printf("%s{\"kind\":\"%s\",\"protocol\":\"%s\",\"firstPort\":%lu,\"portCount\":%lu,\"token\":\"%llu\",\"processId\":%lu}",
           separator, kindNames[entry->kind], entry->protocol == PROTOCOL_TCP ? "tcp" : "udp", entry->run.firstPort,
           entry->run.portCount, entry->token, entry->ownerProcessId);
    separator = ",";
  }
}

static void printFaults(void) {
  const char *separator = "";
  for (int index = 0; index < FAULTS_MAX; index++) {
    const Fault *fault = &pool()->faults[index];
    if (fault->api[0] == 0) continue;
    printf("%s{\"api\":\"%s\",\"port\":%lu,\"error\":%lu,\"skip\":%lu,\"times\":", separator, fault->api, fault->port,
           fault->error, fault->skip);
    if (fault->times == FAULT_EVERY) printf("null}");
    else printf("%lu}", fault->times);
    separator = ",";
  }
}

static int list(void) {
  printf("{\"reservations\":[");
  printEntries();
  printf("],\"faults\":[");
  printFaults();
  printf("],\"guesses\":{");
  for (int guess = 0; guess < GUESS_COUNT; guess++)
    printf("%s\"%s\":%lu", guess == 0 ? "" : ",", guessDescriptions[guess].name, pool()->guesses[guess]);
  printf("},\"dynamicRange\":{\"firstPort\":%lu,\"portCount\":%lu}}\n", pool()->dynamicRange.firstPort,
         pool()->dynamicRange.portCount);
  return 0;
}

static int printGuesses(void) {
  for (int guess = 0; guess < GUESS_COUNT; guess++)
    printf("%s=%lu  %s\n", guessDescriptions[guess].name, guessDescriptions[guess].value, guessDescriptions[guess].about);
  return 0;
}

static int setFault(const char *text) {
  Fault fault;
  if (strcmp(text, "clear") == 0) {
    ZeroMemory(pool()->faults, sizeof pool()->faults);
    return 0;
  }
  if (!parseFault(text, &fault)) return EXIT_NOT_UNDERSTOOD;
  for (int index = 0; index < FAULTS_MAX; index++) {
    Fault *slot = &pool()->faults[index];
    if (slot->api[0] != 0 && slot->times != 0) continue;
    *slot = fault;
    return 0;
  }
  return EXIT_NOT_DONE;
}

static int setGuess(const char *text) {
  Guess guess;
  DWORD value;
  if (!parseGuess(text, &guess, &value)) return EXIT_NOT_UNDERSTOOD;
  pool()->guesses[guess] = value;
  return 0;
}

static int addRange(Kind kind, Range range) {
  if (findOverlap(range.protocol, range.run) != NULL) return EXIT_NOT_DONE;
  return addEntry(kind, range.protocol, range.run) == NULL ? EXIT_NOT_DONE : 0;
}

static int removeRange(Kind kind, Range range) {
  Entry *entry = findExact(kind, range.protocol, range.run);
  if (entry == NULL) return EXIT_NOT_DONE;
  removeEntry(entry);
  return 0;
}

static BOOL parseRun(char **words, Run *run) {
  return parseNumber(words[0], &run->firstPort) && parseNumber(words[1], &run->portCount) && runIsValid(*run);
}

static int changeRange(const char *command, char **words) {
  Range range = {PROTOCOL_TCP, {0, 0}};
  if (strcmp(words[0], "udp") == 0) range.protocol = PROTOCOL_UDP;
  else if (strcmp(words[0], "tcp") != 0) return EXIT_NOT_UNDERSTOOD;
  if (!parseRun(words + 1, &range.run)) return EXIT_NOT_UNDERSTOOD;
  if (strcmp(command, "exclude") == 0) return addRange(KIND_ADMINISTERED, range);
  if (strcmp(command, "include") == 0) return removeRange(KIND_ADMINISTERED, range);
  if (strcmp(command, "reserve") == 0) return addRange(KIND_PERSISTENT, range);
  if (strcmp(command, "unreserve") == 0) return removeRange(KIND_PERSISTENT, range);
  return EXIT_NOT_UNDERSTOOD;
}

static int withoutWords(const char *command) {
  if (strcmp(command, "list") == 0) return list();
  if (strcmp(command, "guesses") == 0) return printGuesses();
  if (strcmp(command, "reboot") == 0) return rebootPool(), 0;
  if (strcmp(command, "reset") == 0) return resetPool(), 0;
  return EXIT_NOT_UNDERSTOOD;
}

static int runCommand(const char *command, char **words, int wordCount) {
  if (wordCount == 0) return withoutWords(command);
  if (wordCount == 1 && strcmp(command, "fault") == 0) return setFault(words[0]);
  if (wordCount == 1 && strcmp(command, "guess") == 0) return setGuess(words[0]);
  if (wordCount == 2 && strcmp(command, "dynamic") == 0)
    return parseRun(words, &pool()->dynamicRange) ? 0 : EXIT_NOT_UNDERSTOOD;
  if (wordCount == 3) return changeRange(command, words);
  return EXIT_NOT_UNDERSTOOD;
}

int main(int argumentCount, char **arguments) {
  if (argumentCount < 2) return EXIT_NOT_UNDERSTOOD;
  lockPool();
  int exitCode = runCommand(arguments[1], arguments + 2, argumentCount - 2);
  unlockPool();
  if (exitCode != 0) fprintf(stderr, "portpoolctl: %s: %s\n", arguments[1], exitCode == 1 ? "not done" : "not understood");
  return exitCode;
}

/* Small text helpers, and the one way in which the emulation gives up. */
#ifndef PORTPOOL_TEXT_H
#define PORTPOOL_TEXT_H

#include <winsock2.h>
#include <windows.h>

/* A decimal number that is the whole text. */
BOOL parseNumber(const char *text, DWORD *number);

/* Calls `visit` for each comma-separated item of an environment variable; not at all when it is unset or empty. */
void forEachListedInEnvironment(const char *variable, void (*visit)(const char *item));

/* Says on stderr what is wrong and ends the process: a lab that quietly does not emulate would let tests pass for nothing. */
void failLoudly(const char *what, const char *detail, DWORD error);

#endif

/* The fault switch: lets a call answer an error that the emulation would not come to by itself. */
#ifndef PORTPOOL_FAULTS_H
#define PORTPOOL_FAULTS_H

#include "pool.h"

/* Reads PORTPOOL_FAULTS; ends the process when it is not understood. */
void readOwnFaults(void);

/*
 * The error that this call must answer now; 0 for none. Counts the call. `port` is the first port the call is about, 0 when it
 * has none. Call it locked. Faults are those of the pool (`portpoolctl fault`) and of this process (PORTPOOL_FAULTS, a list).
 */
DWORD takeFault(const char *api, DWORD port);

/*
 * Reads API[:PORT]=ERROR[*TIMES][@SKIP], such as "bind:8080=10013" or "CreatePersistentTcpPortReservation=32*1@2" (the third
 * call fails once). Without TIMES every call fails. ERROR is a number; with `end` instead, which only the functions of
 * persistent-reservations.c know, the call does its work and the process ends before it returns, as in a crash at that point.
 */
BOOL parseFault(const char *text, Fault *fault);

#endif

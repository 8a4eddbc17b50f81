/*
 * What the emulated port pool takes Windows to do: the one place that says which rule is documented, which is known from the
 * field and which is a guess. The emulation is a reading of documents; it is never evidence of what Windows does.
 *
 * DOCUMENTED (fixed here; the file that implements a rule repeats the page)
 *  - Create: 87 for first port 0, count 0 or a run past port 65535; 32 when a port of the run is in use or the run overlaps an
 *    existing reservation; 5 when not elevated. Delete: the run must be the one of Create, else 1168; 5 when not elevated.
 *    Lookup: 1168 for a run that is not reserved; needs no elevation. First port in network order, count in host order.
 *    https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-createpersistenttcpportreservation
 *    https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-deletepersistenttcpportreservation
 *    https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-lookuppersistenttcpportreservation
 *  - A persistent reservation outlives processes and restarts; its token may be another one after a restart.
 *  - ACQUIRE: a runtime reservation for the life of the acquiring socket; first port 0 lets the system choose the run.
 *    https://learn.microsoft.com/windows/win32/winsock/sio-acquire-port-reservation
 *  - RELEASE gives a runtime reservation back.
 *    https://learn.microsoft.com/windows/win32/winsock/sio-release-port-reservation
 *  - ASSOCIATE comes before bind; bind to port 0 then takes a free port of the run and fails when none is free. 10013 for a
 *    persistent token when not elevated; a runtime token is for the acquiring process only.
 *    https://learn.microsoft.com/windows/win32/winsock/sio-associate-port-reservation
 *  - All three ioctls: 10014 bad pointer, 10022 short output buffer or bad argument, 10038 not a socket, 10045 neither TCP
 *    nor UDP (same pages).
 *  - TCP and UDP are two pools. https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-createpersistentudpportreservation
 *
 * FIELD (fixed here unless listed as a switch below)
 *  - bind without association on a reserved port: 10013, Node's EACCES (nodejs/node#35637, vitejs/vite#5801).
 *  - ACQUIRE of a run that is in use, reserved or excluded: 10048 (microsoft/msquic#2891, #5795). Switch: acquire-*.
 *  - An administered exclusion (netsh add) lets anybody bind by naming the port, and refuses Create, ACQUIRE and the system's
 *    own picks (dotnet/runtime#71518, docker/for-win#12251).
 *  - One reservation covers IPv4 and IPv6 (the API has no address family; MsQuic acquires on a dual-stack socket).
 *  - An explicit port can be bound in a run of one port (MsQuic, src/platform/datapath_winuser.c).
 *
 * GUESSES are the table below. Each can be switched, for a process by PORTPOOL_GUESSES="name=value,name=value", for everybody
 * on a pool by `portpoolctl guess name=value`. 0 means "allowed"; another number is the error that the call answers.
 */
#ifndef PORTPOOL_BEHAVIOUR_H
#define PORTPOOL_BEHAVIOUR_H

#include <winsock2.h>
#include <windows.h>

/* X(identifier, name, default, what it decides) */
#define PORTPOOL_GUESSES(X)                                                                                               \
  X(EXPLICIT_BIND_IN_RUN, "explicit-bind-in-run", 0, "bind of a named port after ASSOCIATE with a run of more than one port") \
  X(BIND_OUTSIDE_RUN, "bind-outside-run", WSAEINVAL, "bind of a named port outside of the associated run")                \
  X(BIND_AFTER_DELETE, "bind-after-delete", WSAEINVAL, "bind when the associated reservation is gone")                    \
  X(BIND_RUN_FULL, "bind-run-full", WSAEADDRINUSE, "bind to port 0 when every port of the run is taken")                  \
  X(ASSOCIATE_UNKNOWN, "associate-unknown-token", WSAEINVAL, "ASSOCIATE or RELEASE with a token that names nothing")      \
  X(ASSOCIATE_FOREIGN, "associate-foreign-token", WSAEACCES, "ASSOCIATE or RELEASE with a runtime token of another process") \
  X(ASSOCIATE_BOUND, "associate-after-bind", WSAEINVAL, "ASSOCIATE on a socket that is bound")                            \
  X(ACQUIRE_OVERLAP, "acquire-overlap", WSAEADDRINUSE, "ACQUIRE of a run that overlaps a reservation or an exclusion")    \
  X(ACQUIRE_BOUND, "acquire-while-bound", WSAEADDRINUSE, "ACQUIRE of a run with a port that a socket is bound to")        \
  X(ACQUIRE_NONE_LEFT, "acquire-none-left", WSAENOBUFS, "ACQUIRE with first port 0 when no run is free")                  \
  X(RELEASE_BOUND, "release-while-bound", 0, "RELEASE while a socket is bound in the run")                                \
  X(RELEASE_PERSISTENT, "release-persistent-token", WSAEINVAL, "RELEASE with the token of a persistent reservation")      \
  X(DELETE_BOUND, "delete-while-bound", 0, "Delete while a socket is bound in the run")                                   \
  X(TOKENS_KEPT, "tokens-kept-at-reboot", 0, "1: a persistent reservation has the same token after a restart")            \
  X(NETSH_PERSISTENT, "netsh-shows-persistent", 1, "netsh lists persistent reservations: 0 not, 1 plain, 2 with asterisk") \
  X(NETSH_RUNTIME, "netsh-shows-runtime", 1, "netsh lists runtime reservations: 0 not, 1 plain, 2 with asterisk") \
  X(TABLE_OWNERS, "table-names-owner", 1, "GetExtendedTcpTable names the process that bound a socket: 0 none, as plain Wine, 1 while it lives, 2 after its end too")

#define PORTPOOL_ENUM(identifier, name, value, about) GUESS_##identifier,
typedef enum { PORTPOOL_GUESSES(PORTPOOL_ENUM) GUESS_COUNT } Guess;
#undef PORTPOOL_ENUM

typedef struct {
  const char *name;
  DWORD value;
  const char *about;
} GuessDescription;

extern const GuessDescription guessDescriptions[GUESS_COUNT];

/* Reads PORTPOOL_GUESSES; ends the process when it is not understood. */
void readOwnGuesses(void);

/* The value in force for this process: its environment, else what the pool was told, else the default. Call it locked. */
DWORD guessValue(Guess guess);

/* Reads "name=value". Returns FALSE for a name that is not in the table or a value that is not a number. */
BOOL parseGuess(const char *text, Guess *guess, DWORD *value);

/* True when PORTPOOL_NOT_ELEVATED is set: this process plays one without administrator rights. */
BOOL processIsNotElevated(void);

#endif

/* Whether a socket of anybody, listening or only bound, has a port now. */
#ifndef PORTPOOL_PORT_IN_USE_H
#define PORTPOOL_PORT_IN_USE_H

#include "pool.h"

/* Finds out by binding, a few tenths of a millisecond per port; IPv4 and IPv6, any address. */
BOOL runIsInUse(Protocol protocol, Run run);

#endif

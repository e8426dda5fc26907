/* The functions of sys.d.ts that are about sockets. */
#ifndef DRAINIT_SOCKET_CALLS_H
#define DRAINIT_SOCKET_CALLS_H

#include "calls.h"

CALL_OF(scanSockets);
CALL_OF(listSockets);

#endif

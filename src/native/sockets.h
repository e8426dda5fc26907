/* TCP sockets of our network namespace, from proc_net_tcp(5). In C because there may be fifty thousand of them. */
#ifndef DRAINIT_SOCKETS_H
#define DRAINIT_SOCKETS_H

#include <stddef.h>
#include <stdint.h>

struct listener {
  uint16_t port;
  uint64_t inode;
};

/* What there is of them, as OtherConnections and Clients of core/event.ts have it. */
struct sockets {
  size_t connected;
  char example[48]; /* the address of one that is connected, or empty */
  size_t others_open, others_closed;
  uint32_t listening; /* another number whenever a socket begins or ceases to listen */
  size_t listener_count; /* of all, also where they are more than there is room for */
  struct listener listeners[512];
};

/* One bit for each port. */
typedef uint8_t port_set[65536 / 8];

/*
 * Looks at all sockets, and counts the clients from elsewhere that are connected to the ports of the set; to all that
 * somebody listens on where it is NULL. Of what has ended that counts which did in the last `ticks` of 10 ms. Returns 0, or
 * a negated errno.
 */
int scan_sockets(const uint8_t *ports, unsigned long ticks, struct sockets *found);

/* The inodes of the sockets that a process has open: how many, or a negated errno; -E2BIG where they are more than `limit`. */
int list_sockets_of(int pid, uint64_t *inodes, size_t limit);

#endif

/* The name of its service before each line of output. */
#ifndef DRAINIT_RELAY_H
#define DRAINIT_RELAY_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Starts a process that reads from a pipe for each of `count` prefixes and writes what comes to standard output, line by
 * line, each behind its prefix. It is a process of its own so that PID 1 never waits for a reader: while nobody reads, the
 * programs wait. Returns its pid, or a negated errno.
 */
pid_t start_relay(char **prefixes, size_t count);

/* The end of the pipe for this prefix into which a program is to write; -1: there is none. */
int relay_input(int index);

/*
 * The program behind this prefix has ended: a line that it has begun ends when all of it has been read. Lost where nobody
 * reads for so long that thousands of such words are waiting.
 */
void end_line(int index);

/* No program writes any more: the process ends when all has been written. */
void end_relay(void);

#endif

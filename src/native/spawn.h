/* Starting programs as we were started ourselves: vfork(2), for a thousandth of a second less, and execvp(3). */
#ifndef DRAINIT_SPAWN_H
#define DRAINIT_SPAWN_H

#include <sys/types.h>

/*
 * Starts the program whose words begin at `program`; the place before them is free to be overwritten. It stays in our
 * process group (0), or gets one of its own (1), or a session (2), and the foreground of the terminal unless that is -1.
 * Returns after the exec: the pid, or the negated errno of the step that failed.
 */
pid_t start_program(char **program, int group, int terminal);

/* 0 where a program could be started by this name, or a negated errno. */
int find_program(const char *name);

#endif

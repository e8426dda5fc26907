/* Starting programs as we were started ourselves: vfork(2), for a thousandth of a second less, and execvp(3). */
#ifndef DRAINIT_SPAWN_H
#define DRAINIT_SPAWN_H

#include <stddef.h>
#include <sys/types.h>

/* With what a program is started. NULL: what we were started with ourselves. */
struct start {
  int group;    /* stay in ours (0), have one of its own (1), or a session (2) */
  int terminal; /* whose foreground it is given; -1: none */
  char **environment;
  const char *folder;
  int output; /* what standard output and error are to be; -1: ours */
  const struct user {
    uid_t user;
    gid_t group;
    size_t count;
    gid_t groups[64];
  } *user;
};

/*
 * Starts the program whose words begin at `program`; the place before them is free to be overwritten. Returns after the
 * exec: the pid, or the negated errno of the step that failed.
 */
pid_t start_program(char **program, const struct start *how);

/* 0 where a program could be started by this name, or a negated errno. */
int find_program(const char *name);

#endif

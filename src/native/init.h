/*
 * Signals as drainit takes them, and the plain init that takes over when the TypeScript throws, runs out of memory or
 * crashes, because PID 1 must not die of our bug. It decides nothing and allocates nothing.
 */
#ifndef DRAINIT_INIT_H
#define DRAINIT_INIT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

extern const uint64_t all_signals;
/* Bit 0 is signal 1. Ours as we were started; and while the engine runs: everything but what a crash raises. */
extern uint64_t inherited_mask, running_mask;

uint64_t bit_of(int signal);
void set_mask(const uint64_t *mask, uint64_t *old);

/* Installs what drainit does with signals, which are all blocked by then. */
void take_signals(void);
/* In the child of a fork: the dispositions that drainit was started with. */
void give_dispositions_back(void);

struct arrival {
  int signal;
  pid_t sender; /* 0: the kernel, or outside of our PID namespace */
};

/* Waits for signals, for ever where timeout is NULL, and takes up to `limit` of them. */
size_t take_arrivals(struct arrival *arrivals, size_t limit, const struct timespec *timeout);

/* What the plain init has to know when it takes over: the main program, */
extern pid_t main_pid;
/* its end, told as it is reaped, with its status as waitpid(2) stores it, */
void note_end(pid_t pid, int status);
/* and the signals that were taken last, of which no process has been sent any since. */
extern uint64_t unanswered;

/* Writes without ever waiting for a reader; how many bytes went, -1 and errno where none did. */
ssize_t write_all(int fd, const char *bytes, size_t size);

/* Forwards every signal, reaps everything, and ends with the main program's status, after one line on why. */
_Noreturn void plain_init(const char *reason);

#endif

#define _GNU_SOURCE
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "relay.h"

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 8 /* musl has it since 1.2.5 */
#endif

const uint64_t all_signals = ~(uint64_t)0;
uint64_t inherited_mask, running_mask = ~(uint64_t)0;
static int signal_fd = -1;

/*
 * What we handle otherwise than we were given it: CHLD, or the kernel reaps by itself; what our own crash raises. PIPE
 * stays as it is: it is blocked, and ignoring it would drop one that is pending for the program.
 */
#ifdef DRAINIT_SANITIZED
static const int changed_signals[] = {SIGCHLD};
#else
static const int changed_signals[] = {SIGCHLD, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
#endif

/*
 * Not libc's sigaction(2): musl's unblocks the signals that it keeps for itself, 33 and 34, when the first handler is
 * installed. To programs that use glibc, 34 is SIGRTMIN, and PID 1 would lose it, any other process die of it.
 */
struct kernel_action {
  void (*handler)(int, siginfo_t *, void *);
  unsigned long flags;
  void (*restorer)(void);
  uint64_t mask;
};
static struct kernel_action inherited_actions[LENGTH(changed_signals)];

static void set_action(int signal, const struct kernel_action *action, struct kernel_action *old) {
  syscall(SYS_rt_sigaction, signal, action, old, sizeof action->mask);
}

#ifdef __x86_64__
/* The kernel has a way back from a handler of its own on other machines (sigreturn(2)). */
enum { NEEDS_RESTORER = 0x04000000 };
void restore_context(void);
__asm__(".text\n"
        "restore_context: mov $15, %eax\n"
        "syscall");
#else
enum { NEEDS_RESTORER = 0 };
static void (*const restore_context)(void) = NULL;
#endif

/* libc's own call leaves out the signals that it uses itself (32 to 34 in musl; to programs that use glibc, 34 is RTMIN). */
void set_mask(const uint64_t *mask, uint64_t *old) {
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask, old, sizeof *mask);
}

uint64_t bit_of(int signal) { return (uint64_t)1 << (signal - 1); }

/*
 * SEGV, BUS, FPE, ILL and ABRT are open while the engine runs: if they were blocked, the kernel would end us at a fault
 * without asking. A fault leads to plain_init(). One that somebody sent is queued once more, blocked this time.
 */
static void on_crash(int signal, siginfo_t *info, void *context) {
  if (info->si_code > 0 || (info->si_code == SI_TKILL && info->si_pid == getpid())) plain_init(strsignal(signal));
  *(uint64_t *)&((ucontext_t *)context)->uc_sigmask |= bit_of(signal);
  syscall(SYS_rt_sigqueueinfo, getpid(), signal, info);
}

void take_signals(void) {
  static char stack[64 << 10];
  stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&alternate, NULL);
  for (size_t i = 0; i < LENGTH(changed_signals); i++) {
    struct kernel_action action = {NULL, 0, NULL, 0}; /* SIG_DFL */
    if (changed_signals[i] != SIGCHLD) {
      action = (struct kernel_action){on_crash, SA_SIGINFO | SA_ONSTACK | NEEDS_RESTORER, restore_context, all_signals};
      running_mask &= ~bit_of(changed_signals[i]);
    }
    set_action(changed_signals[i], &action, &inherited_actions[i]);
  }
  signal_fd = (int)syscall(SYS_signalfd4, -1, &all_signals, sizeof all_signals, SFD_CLOEXEC);
  if (signal_fd < 0 || signal_fd > 9) return;
  /* Not among the low numbers: a standard descriptor that is closed stays closed, for the child and for our messages. */
  int moved = fcntl(signal_fd, F_DUPFD_CLOEXEC, 10);
  if (moved < 0) moved = fcntl(signal_fd, F_DUPFD_CLOEXEC, 3);
  if (moved < 0 && signal_fd > 2) return;
  close(signal_fd);
  signal_fd = moved;
}

void give_dispositions_back(void) {
  for (size_t i = 0; i < LENGTH(changed_signals); i++) set_action(changed_signals[i], &inherited_actions[i], NULL);
}

/*
 * Waits for signals and takes up to `limit` of them. We wait on a signalfd, which gives several at a time and leaves the
 * signals blocked in /proc/PID/status: to an outer init that says that we handle them. Where there was no free descriptor
 * for one, sigtimedwait(2) does.
 */
size_t take_arrivals(struct arrival *arrivals, size_t limit, const struct timespec *timeout) {
  static struct signalfd_siginfo infos[64];
  if (signal_fd < 0) {
    siginfo_t info;
    long signal = syscall(SYS_rt_sigtimedwait, &all_signals, &info, timeout, sizeof all_signals);
    if (signal > 0) *arrivals = (struct arrival){(int)signal, info.si_pid};
    return signal > 0;
  }
  struct pollfd pending = {signal_fd, POLLIN, 0};
  if (timeout && ppoll(&pending, 1, timeout, NULL) <= 0) return 0;
  ssize_t size = read(signal_fd, infos, (limit < LENGTH(infos) ? limit : LENGTH(infos)) * sizeof *infos);
  size_t count = size < 0 ? 0 : (size_t)size / sizeof *infos;
  for (size_t i = 0; i < count; i++) arrivals[i] = (struct arrival){(int)infos[i].ssi_signo, (pid_t)infos[i].ssi_pid};
  return count;
}

pid_t main_pid;
static int main_status = -1; /* as waitpid(2) stores it, once main has ended */
uint64_t unanswered;

void note_end(pid_t pid, int status) {
  if (pid == main_pid && main_status < 0 && !WIFSTOPPED(status)) main_status = status;
}

/* Never waits for a reader: poll(2) promises room for PIPE_BUF bytes, and RWF_NOWAIT that nobody took it meanwhile. */
static ssize_t write_some(int fd, const char *bytes, size_t size) {
  struct pollfd ready = {fd, POLLOUT, 0};
  struct iovec part = {(void *)bytes, size < PIPE_BUF ? size : PIPE_BUF};
  struct stat status;
  int is_ready = poll(&ready, 1, 0);
  if (is_ready == 0) errno = EAGAIN;
  if (is_ready <= 0 || fstat(fd, &status) < 0) return -1;
  ssize_t written = S_ISFIFO(status.st_mode) ? syscall(SYS_pwritev2, fd, &part, 1, -1L, -1L, RWF_NOWAIT) : -2;
  int is_refused = written == -1 && (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL);
  return is_refused || written == -2 ? write(fd, part.iov_base, part.iov_len) : written;
}

ssize_t write_all(int fd, const char *bytes, size_t size) {
  size_t done = 0;
  for (ssize_t written = 0; done < size; done += written > 0 ? (size_t)written : 0)
    if ((written = write_some(fd, bytes + done, size - done)) <= 0 && errno != EINTR) return done > 0 ? (ssize_t)done : -1;
  return (ssize_t)done;
}

/* Appends the children of a process to a list; 0 where /proc does not show them. */
static int list_children(pid_t parent, pid_t *pids, size_t *count, size_t limit) {
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  pid_t child = 0;
  for (ssize_t length; (length = read(fd, text, sizeof text)) > 0;)
    for (ssize_t i = 0; i < length; i++) {
      if (text[i] != ' ') {
        child = child * 10 + (text[i] - '0');
      } else {
        if (*count < limit) pids[(*count)++] = child;
        child = 0;
      }
    }
  close(fd);
  return 1;
}

/* To all our descendants, the youngest first: a parent that ends of it would hand its children to us, to be told twice. */
static void forward(int signal) {
  static pid_t pids[16384];
  size_t count = 0;
  if (list_children(getpid(), pids, &count, LENGTH(pids))) {
    for (size_t i = 0; i < count; i++) list_children(pids[i], pids, &count, LENGTH(pids));
    while (count > 0) kill(pids[--count], signal);
  } else if (getpid() == 1) {
    kill(-1, signal);
  } else if (main_status < 0) {
    kill(main_pid, signal);
  }
}

_Noreturn void plain_init(const char *reason) {
  char line[256];
  set_mask(&all_signals, NULL);
  snprintf(line, sizeof line, "drainit: internal error: %.160s%s\n", reason,
           main_pid > 0 ? "; continuing as a plain init" : "");
  write_all(2, line, strlen(line));
  if (main_pid <= 0) _exit(1);
  end_relay(); /* it ends with the last program: no signal ends it, since they are blocked in it as they are in us */

  int is_over = 0;
  for (int signal = 1; signal <= 64; signal++)
    if (unanswered & bit_of(signal)) forward(signal);
  for (;;) {
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0) note_end(pid, status);
    if (pid < 0 && errno == ECHILD) break;
    if (main_status >= 0 && !is_over) forward(SIGTERM);
    is_over = main_status >= 0;
    struct arrival arrivals[64];
    size_t count = take_arrivals(arrivals, LENGTH(arrivals), NULL);
    for (size_t i = 0; i < count; i++)
      if (arrivals[i].signal != SIGCHLD && arrivals[i].sender != getpid()) forward(arrivals[i].signal);
  }
  _exit(WIFSIGNALED(main_status) ? 128 + WTERMSIG(main_status) : WEXITSTATUS(main_status));
}

/*
 * The native host's half in C: what JavaScript cannot do, and nothing that needs a decision. Its surface is sys.d.ts.
 *
 * One exception: when the TypeScript throws, runs out of memory or crashes, plain_init() takes over, because PID 1 must
 * not die of our bug. After the first spawn() nothing ends the process but sys.exit() and plain_init().
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "quickjs.h"

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 8 /* musl has it since 1.2.5 */
#endif
#define LENGTH(array) (sizeof(array) / sizeof *(array))

/*
 * ---- the heap ----
 * The build runs the TypeScript up to main() and puts the heap as it is then into the ELF file, so that starting costs
 * the same however much there is to load. It works because the engine keeps all its state in what its allocator hands
 * out, and because the program is static and not position-independent, so that pointers stay true.
 */
#ifndef ARENA_BYTES
#define ARENA_BYTES 8192
#endif
/* Blocks below SMALL come in sizes of STEP, to which the engine, too, aligns; larger ones eight to each power of two. */
enum { STEP = 8, SMALL = 512, BINS = SMALL / STEP + 8 * 32, HEADER = sizeof(size_t), REGION = 128 << 10 };

struct block {
  size_t size;
  struct block *next; /* while it is free; otherwise the user's bytes */
};

static union {
  struct {
    JSRuntime *runtime;
    JSContext *context; /* NULL until the build has filled the arena */
    size_t used;
    struct block *bins[BINS]; /* free blocks, each at least as large as its bin says */
  } head;
  unsigned char bytes[ARENA_BYTES];
} arena __attribute__((section(".snapshot"), aligned(4096))) = {.bytes = {0}};

/* Where the heap grows once the snapshot runs: first in pages that are there already, then in regions of the kernel's. */
static unsigned char first_region[REGION] __attribute__((aligned(4096)));
static unsigned char *region = first_region;
static size_t region_left = REGION;

static size_t heap_left = SIZE_MAX; /* less only in a test that runs out of memory */

static struct block *block_of(const void *data) { return (struct block *)((uintptr_t)data - HEADER); }

/* How far apart the sizes around this one are, as a power of two. */
static int spacing_of(size_t size) { return size < SMALL ? 3 : 60 - __builtin_clzl(size); }

static struct block **bin_of(size_t size) {
  int spacing = spacing_of(size);
  return &arena.head.bins[size < SMALL ? size / STEP : SMALL / STEP + (size_t)(spacing - 6) * 8 + (size >> spacing & 7)];
}

static struct block *grow(size_t size) {
  if (size > region_left) {
    size_t bytes = size > REGION ? (size + 4095) & ~(size_t)4095 : REGION;
    void *fresh = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (fresh == MAP_FAILED) return NULL;
    region = fresh;
    region_left = bytes;
  }
  struct block *block = (struct block *)region;
  region += size;
  region_left -= size;
  return block;
}

static void *heap_malloc(void *opaque, size_t size) {
  (void)opaque;
  if (size > heap_left || size > INT32_MAX) return NULL;
  int is_running = arena.head.context != NULL;
  size_t step = (size_t)1 << (is_running ? spacing_of(size) : 3); /* the build packs tightly */
  size = size < STEP ? STEP : (size + step - 1) & ~(step - 1);
  struct block **bin = bin_of(size), *block = *bin;
  if (block && block->size >= size) {
    *bin = block->next;
  } else {
    int is_full = HEADER + size > sizeof arena - arena.head.used;
    if (is_full && !is_running) return NULL;
    block = is_full ? grow(HEADER + size) : (struct block *)(arena.bytes + arena.head.used);
    if (!block) return NULL;
    if (!is_full) arena.head.used += HEADER + size;
    block->size = size;
  }
  if (heap_left != SIZE_MAX) heap_left -= block->size < heap_left ? block->size : heap_left;
  return &block->next;
}

static void heap_free(void *opaque, void *data) {
  (void)opaque;
  if (!data) return;
  struct block *block = block_of(data), **bin = bin_of(block->size);
  if (heap_left != SIZE_MAX) heap_left += block->size;
  block->next = *bin;
  *bin = block;
}

static void *heap_calloc(void *opaque, size_t count, size_t size) {
  size_t bytes;
  void *data = __builtin_mul_overflow(count, size, &bytes) ? NULL : heap_malloc(opaque, bytes);
  return data ? memset(data, 0, bytes) : NULL;
}

static size_t heap_usable(const void *data) { return data ? block_of(data)->size : 0; }

static void *heap_realloc(void *opaque, void *data, size_t size) {
  if (data && size <= heap_usable(data)) return data;
  void *moved = heap_malloc(opaque, size);
  if (moved && data) memcpy(moved, data, heap_usable(data));
  if (moved) heap_free(opaque, data);
  return moved;
}

/* ---- signals ---- */

static const uint64_t all_signals = ~(uint64_t)0;
static uint64_t inherited_mask, running_mask = ~(uint64_t)0;
static int signal_fd = -1;

/*
 * What we handle otherwise than we were given it: CHLD, or the kernel reaps by itself; what our own crash raises. PIPE
 * stays as it is: it is blocked, and ignoring it would drop one that is pending for the program.
 */
#ifdef DRAINIT_SANITIZE
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
static void set_mask(const uint64_t *mask, uint64_t *old) {
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask, old, sizeof *mask);
}

static uint64_t bit_of(int signal) { return (uint64_t)1 << (signal - 1); }

static _Noreturn void plain_init(const char *reason);

/*
 * SEGV, BUS, FPE, ILL and ABRT are open while the engine runs: if they were blocked, the kernel would end us at a fault
 * without asking. A fault leads to plain_init(). One that somebody sent is queued once more, blocked this time.
 */
static void on_crash(int signal, siginfo_t *info, void *context) {
  if (info->si_code > 0 || (info->si_code == SI_TKILL && info->si_pid == getpid())) plain_init(strsignal(signal));
  *(uint64_t *)&((ucontext_t *)context)->uc_sigmask |= bit_of(signal);
  syscall(SYS_rt_sigqueueinfo, getpid(), signal, info);
}

static void take_signals(void) {
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

struct arrival {
  int signal;
  pid_t sender;
};

/*
 * Waits for signals and takes up to `limit` of them. We wait on a signalfd, which gives several at a time and leaves the
 * signals blocked in /proc/PID/status: to an outer init that says that we handle them. Where there was no free descriptor
 * for one, sigtimedwait(2) does.
 */
static size_t take_arrivals(struct arrival *arrivals, size_t limit, const struct timespec *timeout) {
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

/* ---- the plain init ---- */

static pid_t main_pid;
static int main_status = -1; /* as waitpid(2) stores it, once main has ended */
static uint64_t unanswered;  /* signals of the last pollSignals() that no process has been sent since */

static void note_end(pid_t pid, int status) {
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

static ssize_t write_all(int fd, const char *bytes, size_t size) {
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

/* Forwards every signal, reaps everything, and ends with the main program's status. Decides nothing, allocates nothing. */
static _Noreturn void plain_init(const char *reason) {
  char line[256];
  set_mask(&all_signals, NULL);
  snprintf(line, sizeof line, "drainit: internal error: %.160s%s\n", reason,
           main_pid > 0 ? "; continuing as a plain init" : "");
  write_all(2, line, strlen(line));
  if (main_pid <= 0) _exit(1);

  for (int signal = 1; signal <= 64; signal++)
    if (unanswered & bit_of(signal)) forward(signal);
  for (;;) {
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0) note_end(pid, status);
    if (pid < 0 && errno == ECHILD) break;
    struct arrival arrivals[64];
    size_t count = take_arrivals(arrivals, LENGTH(arrivals), NULL);
    for (size_t i = 0; i < count; i++)
      if (arrivals[i].signal != SIGCHLD && arrivals[i].sender != getpid()) forward(arrivals[i].signal);
  }
  _exit(WIFSIGNALED(main_status) ? 128 + WTERMSIG(main_status) : WEXITSTATUS(main_status));
}

/* ---- strings: one char code is one byte ---- */

static JSValue from_bytes(JSContext *context, const char *bytes, size_t length) {
  size_t high = 0;
  for (size_t i = 0; i < length; i++) high += (unsigned char)bytes[i] >> 7;
  if (high == 0) return JS_NewStringLen(context, bytes, length);
  char *utf8 = js_malloc(context, length + high), *end = utf8;
  if (!utf8) return JS_EXCEPTION;
  for (size_t i = 0; i < length; i++) {
    unsigned char byte = (unsigned char)bytes[i];
    if (byte >= 0x80) *end++ = (char)(0xc0 | byte >> 6);
    *end++ = (char)(byte < 0x80 ? byte : 0x80 | (byte & 0x3f));
  }
  JSValue string = JS_NewStringLen(context, utf8, length + high);
  js_free(context, utf8);
  return string;
}

/* The bytes of a string, to be freed with js_free; what is above 255, which no string of ours holds, becomes a '?'. */
static char *to_bytes(JSContext *context, JSValueConst string, size_t *length) {
  size_t size, used = 0;
  const char *utf8 = JS_ToCStringLen(context, &size, string);
  char *bytes = utf8 ? js_malloc(context, size + 1) : NULL;
  for (size_t i = 0; bytes && i < size; i++) {
    unsigned char first = (unsigned char)utf8[i];
    if (first == 0xc2 || first == 0xc3) bytes[used++] = (char)((first & 3) << 6 | (utf8[++i] & 0x3f));
    else if (first < 0x80 || first > 0xc3) bytes[used++] = (char)(first < 0x80 ? first : '?');
  }
  if (bytes) bytes[used] = 0;
  JS_FreeCString(context, utf8);
  *length = used;
  return bytes;
}

/* ---- the calls ---- */

#define CALL(name) static JSValue js_##name(JSContext *context, JSValueConst self, int argc, JSValueConst *argv)
#define UNUSED (void)self, (void)argc, (void)argv
#define ARG(index) int_of(context, argv[index])

static char **given_argv;
static int given_argc;

static int int_of(JSContext *context, JSValueConst value) {
  int32_t number = 0;
  JS_ToInt32(context, &number, value);
  return number;
}

static JSValue result_of(JSContext *context, long result) {
  return JS_NewInt32(context, result < 0 ? -errno : (int32_t)result);
}

/* In the child of a vfork. A file without #! that the kernel does not know is a script, as in glibc's execvp(3). */
static void exec_file(const char *file, char **argv) {
  execve(file, argv, environ);
  if (errno != ENOEXEC) return;
  argv[-1] = "/bin/sh"; /* argv is never the first of ours */
  argv[0] = (char *)file;
  execve(argv[-1], argv - 1, environ);
  errno = ENOEXEC;
}

static void exec_by_path(const char *name, char **argv, const char *path) {
  static char file[PATH_MAX];
  size_t name_size = strlen(name) + 1;
  int error = ENOENT;
  errno = ENOENT;
  if (strchr(name, '/')) exec_file(name, argv);
  if (strchr(name, '/') || *name == 0) return;
  for (const char *end; path; path = *end ? end + 1 : NULL) {
    end = strchrnul(path, ':');
    size_t length = (size_t)(end - path);
    if (length + 1 + name_size > sizeof file) continue;
    memcpy(file, path, length);
    if (length > 0) file[length++] = '/';
    memcpy(file + length, name, name_size);
    exec_file(file, argv);
    if (errno == EACCES) error = EACCES;
    int is_elsewhere = errno == EACCES || errno == ENOENT || errno == ENOTDIR || errno == ESTALE || errno == ENODEV;
    if (!is_elsewhere && errno != ETIMEDOUT) return;
  }
  errno = error;
}

/* Everything between vfork and exec; returns the errno of what failed, through the memory that parent and child share. */
static int run_child(char **argv, char *listen_pid, int group, int terminal, const char *path) {
  if (group == 2 ? setsid() < 0 : group == 1 && setpgid(0, 0) < 0) return errno;
  if (terminal >= 0 && tcsetpgrp(terminal, getpgrp()) < 0) return errno;
  for (size_t i = 0; i < LENGTH(changed_signals); i++) set_action(changed_signals[i], &inherited_actions[i], NULL);
  if (listen_pid) sprintf(listen_pid, "LISTEN_PID=%d", (int)getpid());
  set_mask(&inherited_mask, NULL);
  exec_by_path(argv[0], argv, path);
  return errno;
}

CALL(spawn) {
  UNUSED;
  int first = ARG(0), group = ARG(1), terminal = ARG(2);
  if (first < 1 || first >= given_argc) return JS_NewInt32(context, -EINVAL);
  char **program = given_argv + first, *before = program[-1], *name = program[0];
  const char *path = getenv("PATH");

  /* sd_listen_fds(3): the descriptors are for the process that LISTEN_PID names. */
  char listen_text[32], **listen_pid = environ;
  while (*listen_pid && strncmp(*listen_pid, "LISTEN_PID=", 11) != 0) listen_pid++;
  char *listen_given = *listen_pid;
  int is_ours = listen_given && atoi(listen_given + 11) == getpid();
  if (is_ours) *listen_pid = listen_text;

  volatile int error = 0;
  set_mask(&all_signals, NULL);
  pid_t pid = vfork();
  if (pid == 0) {
    error = run_child(program, is_ours ? listen_text : NULL, group, terminal,
                      path ? path : "/usr/local/bin:/bin:/usr/bin");
    _exit(127);
  }
  if (pid < 0) error = errno;
  program[-1] = before;
  program[0] = name;
  if (is_ours) *listen_pid = listen_given;
  if (error == 0 && main_pid == 0) main_pid = pid;
  if (error != 0 && pid > 0) {
    waitpid(pid, NULL, 0);
    if (terminal >= 0) tcsetpgrp(terminal, getpgrp()); /* TTOU is blocked */
  }
  set_mask(&running_mask, NULL);
  return JS_NewInt32(context, error ? -error : pid);
}

static struct {
  pid_t pid; /* 0: none */
  int status;
} kept; /* what pollSignals() reaped and the next reap() is to tell */

static pid_t reap_one(int *status, int is_untraced) {
  pid_t pid = waitpid(-1, status, WNOHANG | __WALL | (is_untraced ? WUNTRACED : 0));
  if (pid > 0) note_end(pid, *status);
  return pid;
}

/* Reaps what nobody wants to hear of; 0 when there is something to tell: the main child, or that no child is left. */
static int reap_quietly(int is_untraced) {
  while ((kept.pid = reap_one(&kept.status, is_untraced)) > 0 && kept.pid != main_pid) continue;
  if (kept.pid >= 0) return kept.pid == 0;
  kept.pid = 0;
  return 0;
}

CALL(reap) {
  UNUSED;
  static JSValue values[2 * 512 + 1];
  int is_untraced = JS_ToBool(context, argv[0]), status = kept.status, count = 0;
  pid_t pid = kept.pid;
  kept.pid = 0;
  while (count < 2 * 512 && (pid > 0 || (pid = reap_one(&status, is_untraced)) > 0)) {
    values[count++] = JS_NewInt32(context, pid);
    values[count++] = JS_NewInt32(context, status);
    pid = 0;
  }
  values[count++] = JS_NewInt32(context, !(pid < 0 && errno == ECHILD));
  return JS_NewArrayFrom(context, count, values);
}

CALL(pollSignals) {
  UNUSED;
  double milliseconds = -1;
  JS_ToFloat64(context, &milliseconds, argv[0]);
  /* Rounded up: a nanosecond too early would be too early. */
  int64_t nanoseconds = milliseconds < 1e12 ? (int64_t)(milliseconds * 1e6) + 1 : (int64_t)1e18;
  struct timespec time = {nanoseconds / 1000000000, nanoseconds % 1000000000};
  struct arrival arrivals[64];
  JSValue values[2 * LENGTH(arrivals)];
  int length = 0, is_quiet = JS_ToBool(context, argv[1]), is_untraced = JS_ToBool(context, argv[2]);
  size_t count;
  unanswered = 0;
  do count = take_arrivals(arrivals, LENGTH(arrivals), milliseconds < 0 ? NULL : &time);
  while (is_quiet && count == 1 && arrivals->signal == SIGCHLD && reap_quietly(is_untraced));
  for (size_t i = 0; i < count; i++) {
    int signal = arrivals[i].signal;
    if (signal == SIGCHLD) continue; /* reap() follows in any case */
    if (arrivals[i].sender != getpid()) unanswered |= bit_of(signal);
    values[length++] = JS_NewInt32(context, signal);
    values[length++] = JS_NewInt32(context, arrivals[i].sender);
  }
  /* on_crash() may have blocked one of these for good. */
  if (unanswered & ~running_mask) set_mask(&running_mask, NULL);
  return JS_NewArrayFrom(context, length, values);
}

static JSValue sent(JSContext *context, int signal, long result) {
  if (result == 0 && signal > 0) unanswered &= ~bit_of(signal);
  return result_of(context, result);
}

/* A system call whose arguments are ints and whose result is a number or an errno. */
#define SYSTEM_CALL(name, expression) \
  CALL(name) { return UNUSED, expression; }
#define RESULT_CALL(name, call) SYSTEM_CALL(name, result_of(context, (long)(call)))

SYSTEM_CALL(kill, sent(context, ARG(1), kill(ARG(0), ARG(1))))
SYSTEM_CALL(pidfdSignal, sent(context, ARG(1), syscall(SYS_pidfd_send_signal, ARG(0), ARG(1), NULL, 0)))
RESULT_CALL(pidfdOpen, syscall(SYS_pidfd_open, ARG(0), 0))
RESULT_CALL(close, close(ARG(0)))
RESULT_CALL(prctl, prctl(ARG(0), (long)ARG(1), 0L, 0L, 0L))
RESULT_CALL(getpid, getpid())
RESULT_CALL(getppid, getppid())
RESULT_CALL(getpgid, getpgid(ARG(0)))
RESULT_CALL(getsid, getsid(ARG(0)))
RESULT_CALL(tcgetpgrp, tcgetpgrp(ARG(0)))
RESULT_CALL(tcsetpgrp, tcsetpgrp(ARG(0), ARG(1)))
RESULT_CALL(tcgetsid, tcgetsid(ARG(0)))
SYSTEM_CALL(strerror, JS_NewString(context, strerror(ARG(0))))
SYSTEM_CALL(exit, (_exit(ARG(0)), JS_UNDEFINED))

CALL(write) {
  UNUSED;
  size_t length;
  char *bytes = to_bytes(context, argv[1], &length);
  if (!bytes) return JS_EXCEPTION;
  JSValue result = result_of(context, write_all(ARG(0), bytes, length));
  js_free(context, bytes);
  return result;
}

CALL(clock) {
  UNUSED;
  struct timespec time = {0, 0};
  clock_gettime((clockid_t)ARG(0), &time);
  return JS_NewFloat64(context, (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6);
}

CALL(variables) {
  UNUSED;
  static const char *const prefixes[] = {"DRAINIT_", "TINI_", "DUMB_INIT_"};
  JSValue list = JS_NewArray(context);
  int failed = JS_IsException(list);
  uint32_t count = 0;
  for (char **variable = environ; !failed && *variable; variable++)
    for (size_t i = 0; !failed && i < LENGTH(prefixes); i++) {
      if (strncmp(*variable, prefixes[i], strlen(prefixes[i])) != 0) continue;
      JSValue value = from_bytes(context, *variable, strlen(*variable));
      failed = JS_IsException(value) || JS_SetPropertyUint32(context, list, count++, value) < 0;
    }
  if (!failed) return list;
  JS_FreeValue(context, list);
  return JS_EXCEPTION;
}

/* Opens the file that a string names; an errno, negated, where it cannot be, and -ENOMEM with an exception pending. */
static int open_path(JSContext *context, JSValueConst path, int flags) {
  size_t length;
  char *bytes = to_bytes(context, path, &length);
  if (!bytes) return -ENOMEM;
  /* Not open(3): musl's sets O_CLOEXEC by a second call too, for kernels older than ours may be. */
  int fd = strlen(bytes) < length ? -EINVAL : (int)syscall(SYS_openat, AT_FDCWD, bytes, flags | O_CLOEXEC, 0);
  if (fd == -1) fd = -errno;
  js_free(context, bytes);
  return fd;
}

static JSValue refuse(JSContext *context, int error) {
  return JS_HasException(context) ? JS_EXCEPTION : JS_NewInt32(context, error);
}

CALL(readFile) {
  UNUSED;
  size_t limit = (size_t)(ARG(1) < 0 ? 0 : ARG(1)), used = 0;
  int fd = open_path(context, argv[0], O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return refuse(context, fd);
  char small[4096], *text = limit <= sizeof small ? small : js_malloc(context, limit);
  ssize_t length = 1;
  while (text && used < limit && (length = read(fd, text + used, limit - used)) > 0) used += (size_t)length;
  JSValue result = !text ? JS_EXCEPTION : length < 0 ? JS_NewInt32(context, -errno) : from_bytes(context, text, used);
  close(fd);
  if (text != small) js_free(context, text);
  return result;
}

CALL(readLink) {
  UNUSED;
  char target[PATH_MAX];
  size_t length;
  char *path = to_bytes(context, argv[0], &length);
  if (!path) return JS_EXCEPTION;
  ssize_t size = readlink(path, target, sizeof target);
  int error = errno;
  js_free(context, path);
  return size < 0 ? JS_NewInt32(context, -error) : from_bytes(context, target, (size_t)size);
}

/* In C because a thousand of these lines are read before the first of a thousand programs is told. */
CALL(readStat) {
  UNUSED;
  char path[32], line[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", ARG(0));
  int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
  ssize_t length = fd < 0 ? -1 : read(fd, line, sizeof line - 1);
  int error = length < 0 ? errno : 0;
  if (fd >= 0) close(fd);
  if (length < 0) return JS_NewInt32(context, -error);
  line[length] = 0;
  /* The name stands in parentheses and may hold any byte, parentheses too: the fields are counted from the last one. */
  char *name = strchr(line, '('), *end = strrchr(line, ')');
  if (!name || !end || end < name) return JS_NewInt32(context, -ESRCH);
  long long fields[23] = {0};
  char *at = end + 3;
  for (int field = 4; field <= 22; field++) fields[field] = strtoll(at, &at, 10);
  JSValue values[] = {
      from_bytes(context, name + 1, (size_t)(end - name - 1)),
      from_bytes(context, end + 2, 1),
      JS_NewInt64(context, fields[4]),
      JS_NewInt64(context, fields[5]),
      JS_NewInt64(context, fields[7]),
      JS_NewInt64(context, fields[22]),
  };
  return JS_NewArrayFrom(context, LENGTH(values), values);
}

/* The numbers among the names in /proc. */
CALL(listPids) {
  UNUSED;
  struct entry {
    uint64_t inode, offset;
    uint16_t size;
    uint8_t type;
    char name[];
  };
  static char buffer[16384] __attribute__((aligned(8)));
  int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return JS_NewInt32(context, -errno);
  JSValue list = JS_NewArray(context);
  uint32_t count = 0;
  int failed = JS_IsException(list);
  for (long bytes; !failed && (bytes = syscall(SYS_getdents64, fd, buffer, sizeof buffer)) > 0;)
    for (long at = 0; at < bytes && !failed; at += ((struct entry *)(buffer + at))->size) {
      const char *name = ((struct entry *)(buffer + at))->name;
      if (*name < '1' || *name > '9') continue;
      failed = JS_SetPropertyUint32(context, list, count++, JS_NewInt32(context, atoi(name))) < 0;
    }
  close(fd);
  if (!failed) return list;
  JS_FreeValue(context, list);
  return JS_EXCEPTION;
}

/* The bytecode of texts.ts, which few containers need, and which costs a fifth of what it would in the snapshot. */
__asm__(".section .rodata.texts, \"a\"\n"
        ".balign 8\n"
        "texts: .incbin \"" TEXTS "\"\n"
        "texts_end:\n"
        ".previous");
extern const uint8_t texts[], texts_end[];

CALL(loadTexts) {
  UNUSED;
  JSValue program = JS_ReadObject(context, texts, (size_t)(texts_end - texts), JS_READ_OBJ_BYTECODE);
  return JS_IsException(program) ? program : JS_EvalFunction(context, program);
}

static const JSCFunctionListEntry calls[] = {
#define ENTRY(name, length) JS_CFUNC_DEF(#name, length, js_##name)
    ENTRY(spawn, 3),    ENTRY(reap, 1),        ENTRY(pollSignals, 3), ENTRY(kill, 2),      ENTRY(pidfdOpen, 1),
    ENTRY(close, 1),    ENTRY(pidfdSignal, 2), ENTRY(prctl, 2),       ENTRY(getpid, 0),    ENTRY(getppid, 0),
    ENTRY(getpgid, 1),  ENTRY(getsid, 1),      ENTRY(tcgetpgrp, 1),   ENTRY(tcsetpgrp, 2), ENTRY(tcgetsid, 1),
    ENTRY(readFile, 2), ENTRY(readStat, 1),    ENTRY(readLink, 1),    ENTRY(listPids, 0),  ENTRY(write, 2),
    ENTRY(loadTexts, 0),
    ENTRY(clock, 1),    ENTRY(strerror, 1),    ENTRY(variables, 0),      ENTRY(exit, 1),
};

/* ---- start ---- */

static int add_argv(JSContext *context, JSValueConst sys) {
  JSValue list = JS_NewArray(context);
  int failed = JS_IsException(list);
  for (uint32_t i = 0; i < (uint32_t)given_argc && !failed; i++) {
    JSValue argument = from_bytes(context, given_argv[i], strlen(given_argv[i]));
    failed = JS_IsException(argument) || JS_SetPropertyUint32(context, list, i, argument) < 0;
  }
  return failed || JS_SetPropertyStr(context, sys, "argv", list) < 0;
}

/* Runs globalThis.main(), which ends in sys.exit(). Comes back only when something went wrong, with a line about it. */
static const char *run_main(JSContext *context) {
  JSValue global = JS_GetGlobalObject(context), sys = JS_GetPropertyStr(context, global, "sys");
  JSValue function = JS_GetPropertyStr(context, global, "main");
  if (!add_argv(context, sys) && !JS_IsException(JS_Call(context, function, global, 0, NULL))) return "main() returned";
  JSValue exception = JS_GetException(context);
  const char *text = JS_IsError(exception) ? JS_ToCString(context, exception) : NULL;
  return text && !strstr(text, "out of memory") ? text : "out of memory"; /* too little for even an Error, perhaps */
}

/* The engine without what needs a parser, regular expressions, dates or promises: the linker then leaves those out. */
static JSContext *load_program(JSRuntime *runtime, const char *bytecode_file) {
  static uint8_t bytecode[1 << 20];
  int fd = open(bytecode_file, O_RDONLY | O_CLOEXEC);
  ssize_t length = read(fd, bytecode, sizeof bytecode);
  close(fd);
  JSContext *context = runtime ? JS_NewContextRaw(runtime) : NULL;
  if (!context || length <= 0 || JS_AddIntrinsicBaseObjects(context) || JS_AddIntrinsicJSON(context) ||
      JS_AddIntrinsicMapSet(context))
    return NULL;
  JSValue global = JS_GetGlobalObject(context), sys = JS_NewObject(context);
  JS_SetPropertyFunctionList(context, sys, calls, LENGTH(calls));
  JS_SetPropertyStr(context, global, "sys", sys);
  JS_FreeValue(context, global);
  JSValue program = JS_ReadObject(context, bytecode, (size_t)length, JS_READ_OBJ_BYTECODE);
  if (JS_IsException(program) || JS_IsException(JS_EvalFunction(context, program))) return NULL;
  JS_RunGC(runtime);
  JS_SetMaxStackSize(runtime, 256 << 10); /* a runaway recursion is an exception long before it is a fault */
  JS_SetGCThreshold(runtime, 1 << 20); /* a collection writes to every page of the arena: only against a leak */
  return context;
}

#ifndef DRAINIT_SANITIZE
/* For the build: `PROGRAM bytecode-file arena-file` writes the arena, and prints how much of it is used. */
static int make_snapshot(int argc, char **argv) {
  static const JSMallocFunctions heap = {heap_calloc, heap_malloc, heap_free, heap_realloc, heap_usable};
  arena.head.used = sizeof arena.head;
  if (argc != 3) return 2;
  JSRuntime *runtime = JS_NewRuntime2(&heap, NULL);
  JSContext *context = load_program(runtime, argv[1]);
  if (!context) return 1;
  arena.head.runtime = runtime;
  arena.head.context = context;
  int fd = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (write(fd, &arena, sizeof arena) != (ssize_t)sizeof arena) return 1;
  char text[32];
  return write(1, text, (size_t)snprintf(text, sizeof text, "%zu\n", arena.head.used)) <= 0;
}
#endif

int main(int argc, char **argv) {
  set_mask(&all_signals, &inherited_mask);
  given_argc = argc;
  given_argv = argv;
#ifdef DRAINIT_SANITIZE
  arena.head.runtime = JS_NewRuntime();
  arena.head.context = load_program(arena.head.runtime, getenv("DRAINIT_BYTECODE"));
#else
  if (!arena.head.context) return make_snapshot(argc, argv);
#endif
#ifdef DRAINIT_TEST
  const char *limit = getenv("DRAINIT_TEST_OOM");
  if (limit) heap_left = strtoul(limit, NULL, 10);
#endif
  take_signals();
  set_mask(&running_mask, NULL);
  JS_UpdateStackTop(arena.head.runtime);
  plain_init(run_main(arena.head.context));
}

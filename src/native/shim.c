/*
 * The native host's half in C: what JavaScript cannot do, and nothing that needs a decision. Its surface is sys.d.ts.
 * After the first spawn() nothing ends the process but sys.exit() and plain_init().
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"
#include "heap.h"
#include "init.h"
#include "programs.h"
#include "relay.h"
#include "socket-calls.h"
#include "spawn.h"
#include "values.h"

/* ---- the calls ---- */

#define CALL(name) static CALL_OF(name)

static char **given_argv;
static int given_argc;

static JSValue result_of(JSContext *context, long result) {
  return JS_NewInt32(context, result < 0 ? -errno : (int32_t)result);
}

static JSValue refuse(JSContext *context, int error) {
  return JS_HasException(context) ? JS_EXCEPTION : JS_NewInt32(context, error);
}

CALL(spawn) {
  UNUSED;
  int first = ARG(0);
  if (first < 1 || first >= given_argc) return JS_NewInt32(context, -EINVAL);
  pid_t pid = start_program(given_argv + first, &(struct start){.group = ARG(1), .terminal = ARG(2), .output = -1});
  if (pid > 0 && main_pid == 0) main_pid = pid;
  return JS_NewInt32(context, pid);
}

static int to_user(JSContext *context, JSValueConst ids, struct user *user) {
  int64_t count = 0;
  if (!JS_IsArray(ids) || JS_GetLength(context, ids, &count) < 0) return 0;
  uint32_t values[2 + LENGTH(user->groups)] = {0};
  for (int64_t i = 0; i < count && i < (int64_t)LENGTH(values); i++) {
    JSValue value = JS_GetPropertyInt64(context, ids, i);
    JS_ToUint32(context, &values[i], value);
    JS_FreeValue(context, value);
  }
  *user = (struct user){.user = values[0], .group = values[1], .count = count > 2 ? (size_t)count - 2 : 0};
  if (user->count > LENGTH(user->groups)) user->count = LENGTH(user->groups);
  for (size_t i = 0; i < user->count; i++) user->groups[i] = values[i + 2];
  return 1;
}

CALL(spawnProgram) {
  UNUSED;
  static struct user user; /* shared with the child of the vfork */
  size_t length;
  char **words = to_list(context, argv[0]), **environment = to_list(context, argv[1]);
  char *folder = JS_IsString(argv[2]) ? to_bytes(context, argv[2], &length) : NULL;
  int is_other = to_user(context, argv[3], &user), result = -EINVAL;
  if (words && words[0] && !JS_HasException(context)) {
    result = start_program(words, &(struct start){1, -1, environment, folder, relay_input(ARG(4)), is_other ? &user : NULL});
    if (result > 0 && main_pid == 0) main_pid = result;
  }
  free_list(context, words);
  free_list(context, environment);
  if (folder) js_free(context, folder);
  return refuse(context, result);
}

CALL(startRelay) {
  UNUSED;
  size_t count = 0;
  char **prefixes = to_list(context, argv[0]);
  if (!prefixes) return JS_EXCEPTION;
  while (prefixes[count]) count++;
  pid_t pid = start_relay(prefixes, count);
  free_list(context, prefixes);
  return JS_NewInt32(context, pid);
}

CALL(endLine) {
  UNUSED;
  end_line(ARG(0));
  return JS_UNDEFINED;
}

CALL(endRelay) {
  UNUSED, (void)context, (void)argv;
  end_relay();
  return JS_UNDEFINED;
}

CALL(findProgram) {
  UNUSED;
  size_t length;
  char *name = to_bytes(context, argv[0], &length);
  if (!name) return JS_EXCEPTION;
  JSValue result = JS_NewInt32(context, find_program(name));
  js_free(context, name);
  return result;
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
  int is_full = count == 2 * 512, has_children = !(pid < 0 && errno == ECHILD);
  values[count++] = JS_NewInt32(context, is_full ? 2 : has_children);
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

CALL(owe) {
  UNUSED;
  unanswered |= bit_of(ARG(0));
  return JS_UNDEFINED;
}

SYSTEM_CALL(kill, sent(context, ARG(1), kill(ARG(0), ARG(1))))
SYSTEM_CALL(pidfdSignal, sent(context, ARG(1), syscall(SYS_pidfd_send_signal, ARG(0), ARG(1), NULL, 0)))
RESULT_CALL(pidfdOpen, syscall(SYS_pidfd_open, ARG(0), 0))
SYSTEM_CALL(isTerminal, JS_NewBool(context, isatty(ARG(0))))
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

CALL(waitToWrite) {
  UNUSED;
  struct pollfd ready = {ARG(0), POLLOUT, 0};
  return result_of(context, poll(&ready, 1, ARG(1)));
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
  int takes_all = JS_ToBool(context, argv[0]) > 0;
  JSValue list = JS_NewArray(context);
  int failed = JS_IsException(list);
  uint32_t count = 0;
  for (char **variable = environ; !failed && *variable; variable++)
    for (size_t i = 0; !failed && i < LENGTH(prefixes); i++) {
      if (takes_all ? i > 0 : strncmp(*variable, prefixes[i], strlen(prefixes[i])) != 0) continue;
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

/* strtoll(3) takes ten times as long, and there are thirty numbers in a line. */
static int64_t take_number(const char **at) {
  int64_t number = 0;
  while (**at == ' ') ++*at;
  int is_negative = **at == '-';
  for (*at += is_negative; **at >= '0' && **at <= '9'; ++*at) number = (int64_t)((uint64_t)number * 10) + (**at - '0');
  return is_negative ? -number : number;
}

/* In C because a thousand of these lines are read before the first of a thousand programs is told. */
CALL(readStat) {
  enum { LONGEST_NAME = 128 }; /* a pid, and a name of 15 bytes, of 63 for a thread of the kernel */
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
  char *name = strchr(line, '('), *end = memrchr(line, ')', length < LONGEST_NAME ? (size_t)length : LONGEST_NAME);
  if (!name || !end || end < name) return JS_NewInt32(context, -ESRCH);
  int64_t fields[35] = {0};
  const char *at = end + 3;
  for (int field = 4; field <= 34; field++) fields[field] = take_number(&at);
  JSValue values[] = {
      from_bytes(context, name + 1, (size_t)(end - name - 1)),
      from_bytes(context, end + 2, 1),
      JS_NewInt64(context, fields[4]),  JS_NewInt64(context, fields[5]),  JS_NewInt64(context, fields[7]),
      JS_NewInt64(context, fields[22]), JS_NewInt64(context, fields[33]), JS_NewInt64(context, fields[34]),
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

CALL(load) {
  UNUSED;
  size_t length;
  char *name = to_bytes(context, argv[0], &length);
  if (!name) return JS_EXCEPTION;
  JSValue result = load_program_by_name(context, name);
  js_free(context, name);
  return result;
}

static const JSCFunctionListEntry calls[] = {
#define ENTRY(name, length) JS_CFUNC_DEF(#name, length, js_##name)
    ENTRY(spawn, 3), ENTRY(spawnProgram, 5), ENTRY(startRelay, 1), ENTRY(endLine, 1),
    ENTRY(endRelay, 0), ENTRY(isTerminal, 1), ENTRY(findProgram, 1), ENTRY(reap, 1),
    ENTRY(pollSignals, 3), ENTRY(kill, 2), ENTRY(pidfdOpen, 1), ENTRY(close, 1),
    ENTRY(pidfdSignal, 2), ENTRY(owe, 1), ENTRY(prctl, 2), ENTRY(getpid, 0), ENTRY(getppid, 0), ENTRY(getpgid, 1),
    ENTRY(getsid, 1), ENTRY(tcgetpgrp, 1), ENTRY(tcsetpgrp, 2), ENTRY(tcgetsid, 1),
    ENTRY(readFile, 2), ENTRY(readStat, 1), ENTRY(readLink, 1), ENTRY(listPids, 0), ENTRY(write, 2),
    ENTRY(load, 1), ENTRY(scanSockets, 2), ENTRY(listSockets, 1), ENTRY(clock, 1), ENTRY(waitToWrite, 2),
    ENTRY(strerror, 1), ENTRY(variables, 1), ENTRY(exit, 1),
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
  int fd = open(bytecode_file, O_RDONLY | O_CLOEXEC);
  off_t length = lseek(fd, 0, SEEK_END);
  const uint8_t *bytecode = mmap(NULL, length > 0 ? (size_t)length : 1, PROT_READ, MAP_PRIVATE, fd, 0);
  JSContext *context = runtime && bytecode != MAP_FAILED ? JS_NewContextRaw(runtime) : NULL;
  if (!context || JS_AddIntrinsicBaseObjects(context) || JS_AddIntrinsicJSON(context) ||
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
  JS_SetGCThreshold(runtime, 1 << 20); /* a collection writes to every page of the heap: only against a leak */
  return context;
}

#ifndef DRAINIT_SANITIZED
/* For the build: `PROGRAM bytecode-file heap-file` writes the heap, and prints how much of it is used. */
static int make_snapshot(int argc, char **argv) {
  if (argc != 3) return 2;
  JSRuntime *runtime = JS_NewRuntime2(&heap_functions, NULL);
  JSContext *context = load_program(runtime, argv[1]);
  if (!context) return 1;
  *snapshot = (struct snapshot){runtime, context};
  size_t used = write_heap(open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0644));
  char text[32];
  return write(1, text, (size_t)snprintf(text, sizeof text, "%zu\n", used)) <= 0 || used == 0;
}
#endif

int main(int argc, char **argv) {
  set_mask(&all_signals, &inherited_mask);
  given_argc = argc, given_argv = argv;
#ifdef DRAINIT_SANITIZED
  /* A heap that the sanitizers can see, and so no snapshot: the program is loaded at each start. */
  JSRuntime *runtime = JS_NewRuntime();
  *snapshot = (struct snapshot){runtime, load_program(runtime, PROGRAM)};
#else
  if (!snapshot->context) return make_snapshot(argc, argv);
#endif
#ifdef DRAINIT_TEST
  const char *limit = getenv("DRAINIT_TEST_OOM");
  if (limit) heap_left = strtoul(limit, NULL, 10);
#endif
  take_signals();
  set_mask(&running_mask, NULL);
  JS_UpdateStackTop(snapshot->runtime);
  plain_init(run_main(snapshot->context));
}

#define _GNU_SOURCE
#include "spawn.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "init.h"

/* In the child of a vfork. A file without #! that the kernel does not know is a script, as in glibc's execvp(3). */
static void exec_file(const char *file, char **argv) {
  execve(file, argv, environ);
  if (errno != ENOEXEC) return;
  argv[-1] = "/bin/sh"; /* argv is never the first of ours */
  argv[0] = (char *)file;
  execve(argv[-1], argv - 1, environ);
  errno = ENOEXEC;
}

/* As X_OK of access(2), but for folders. Leaves errno, as an exec that fails does; 0 where the file could be started. */
static void check_file(const char *file, char **argv) {
  (void)argv;
  struct stat status;
  errno = 0;
  if (access(file, X_OK) == 0 && stat(file, &status) == 0 && S_ISDIR(status.st_mode)) errno = EACCES;
}

/* Tries a program wherever PATH says that it may be, as execvp(3) does; errno says why nothing came of it. */
static void try_by_path(void attempt(const char *file, char **argv), const char *name, char **argv) {
  static char file[PATH_MAX];
  const char *given = getenv("PATH"), *path = given ? given : "/usr/local/bin:/bin:/usr/bin";
  size_t name_size = strlen(name) + 1;
  int error = ENOENT;
  errno = ENOENT;
  if (strchr(name, '/')) attempt(name, argv);
  if (strchr(name, '/') || *name == 0) return;
  for (const char *end; path; path = *end ? end + 1 : NULL) {
    end = strchrnul(path, ':');
    size_t length = (size_t)(end - path);
    if (length + 1 + name_size > sizeof file) continue;
    memcpy(file, path, length);
    if (length > 0) file[length++] = '/';
    memcpy(file + length, name, name_size);
    attempt(file, argv);
    if (errno == EACCES) error = EACCES;
    int is_elsewhere = errno == EACCES || errno == ENOENT || errno == ENOTDIR || errno == ESTALE || errno == ENODEV;
    if (!is_elsewhere && errno != ETIMEDOUT) return; /* also where it was found */
  }
  errno = error;
}

/* The system calls themselves: the C library's would want to tell other threads of it. */
static int become(const struct user *user) {
  if (syscall(SYS_setgroups, user->count, user->groups) < 0) return -1;
  if (syscall(SYS_setresgid, user->group, user->group, user->group) < 0) return -1;
  return (int)syscall(SYS_setresuid, user->user, user->user, user->user);
}

/* Everything between vfork and exec; returns the errno of what failed, through the memory that parent and child share. */
static int run_child(char **argv, char *listen_pid, const struct start *how) {
  if (how->group == 2 ? setsid() < 0 : how->group == 1 && setpgid(0, 0) < 0) return errno;
  if (how->terminal >= 0 && tcsetpgrp(how->terminal, getpgrp()) < 0) return errno;
  if (how->output >= 0 && (dup2(how->output, 1) < 0 || dup2(how->output, 2) < 0)) return errno;
  if (how->user && become(how->user) < 0) return errno;
  if (how->folder && chdir(how->folder) < 0) return errno;
  if (how->environment) environ = how->environment; /* ours too, until our parent puts it right */
  give_dispositions_back();
  if (listen_pid) sprintf(listen_pid, "LISTEN_PID=%d", (int)getpid());
  set_mask(&inherited_mask, NULL);
  try_by_path(exec_file, argv[0], argv);
  return errno;
}

pid_t start_program(char **program, const struct start *how) {
  char *before = program[-1], *name = program[0], **environment = environ;

  /* sd_listen_fds(3): the descriptors are for the process that LISTEN_PID names. */
  static char listen_text[32], **listen_pid; /* not on the stack that parent and child of a vfork share */
  listen_pid = environ;
  while (*listen_pid && strncmp(*listen_pid, "LISTEN_PID=", 11) != 0) listen_pid++;
  char *listen_given = *listen_pid;
  int is_ours = listen_given && atoi(listen_given + 11) == getpid();
  if (is_ours) *listen_pid = listen_text;

  volatile int error = 0;
  set_mask(&all_signals, NULL);
  pid_t pid = vfork();
  if (pid == 0) {
    error = run_child(program, is_ours ? listen_text : NULL, how);
    _exit(127);
  }
  if (pid < 0) error = errno;
  environ = environment;
  program[-1] = before;
  program[0] = name;
  if (is_ours) *listen_pid = listen_given;
  if (error != 0 && pid > 0) {
    waitpid(pid, NULL, 0);
    if (how->terminal >= 0) tcsetpgrp(how->terminal, getpgrp()); /* TTOU is blocked */
  }
  set_mask(&running_mask, NULL);
  return error ? -error : pid;
}

int find_program(const char *name) {
  try_by_path(check_file, name, NULL);
  return -errno;
}

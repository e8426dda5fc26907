/* What the bench needs below the noise of a script: one program, several commands. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void die(const char *what) {
  perror(what);
  exit(2);
}

static int by_size(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

/* The shortest way to start a program: between vfork and exec no page is copied. */
static pid_t start(char **command) {
  pid_t pid = vfork();
  if (pid == 0) {
    execv(command[0], command);
    _exit(127);
  }
  return pid;
}

/* timer RUNS command... :: command... ::  Runs them in turn; prints the median of each, in ns. */
static int timer(int argc, char **argv) {
  int runs = atoi(argv[0]), count = 0, status;
  char **commands[16];
  for (int i = 1, start = 1; i <= argc && count < 16; i++)
    if (i == argc || !strcmp(argv[i], "::")) {
      if (i > start) commands[count++] = argv + start;
      if (i < argc) argv[i] = NULL;
      start = i + 1;
    }
  uint64_t *times = calloc((size_t)(count * runs), sizeof *times);
  for (int run = -3; run < runs; run++)
    for (int c = 0; c < count; c++) {
      uint64_t begin = now_ns();
      pid_t pid = start(commands[c]);
      if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
        fprintf(stderr, "%s failed: status %d\n", commands[c][0], status);
        return 2;
      }
      if (run >= 0) times[c * runs + run] = now_ns() - begin;
    }
  for (int c = 0; c < count; c++) {
    qsort(times + c * runs, (size_t)runs, sizeof *times, by_size);
    printf("%llu\n", (unsigned long long)times[c * runs + runs / 2]);
  }
  return 0;
}

static pid_t start_parent_of_orphan(void) {
  pid_t pid = vfork();
  if (pid == 0) {
    vfork();
    _exit(0);
  }
  return pid;
}

/* storm COUNT  Makes COUNT orphans, one after another, and says when the last is there. Our init reaps them. */
static int storm(int count) {
  for (int made = 0; made < count; made++) {
    pid_t pid = start_parent_of_orphan();
    if (pid < 0) die("vfork");
    waitpid(pid, NULL, 0);
  }
  puts("done");
  fflush(stdout);
  pause();
  return 0;
}

/* echo FIFO  Says that it is there, and writes a byte to the pipe for each USR1 that it gets: the end of the way of a signal. */
static int echo(const char *fifo) {
  sigset_t set;
  int got, out;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, NULL);
  puts("ready");
  fflush(stdout);
  out = open(fifo, O_WRONLY);
  if (out < 0) die(fifo);
  if (write(out, "r", 1) != 1) die("write");
  for (;;)
    if (sigwait(&set, &got) == 0 && write(out, "s", 1) != 1) return 1;
}

/* latency PID FIFO COUNT  Sends COUNT times USR1 to the init; prints the nanoseconds until the program behind it answers. */
static int latency(pid_t pid, int in, int count) {
  uint64_t *times = calloc((size_t)count, sizeof *times);
  char byte;
  for (int i = 0; i < count; i++) {
    uint64_t begin = now_ns();
    if (kill(pid, SIGUSR1)) die("kill");
    if (read(in, &byte, 1) != 1) die("read");
    times[i] = now_ns() - begin;
    /* Idle again, as an init is when a signal comes. */
    struct timespec rest = {0, 500000};
    nanosleep(&rest, NULL);
  }
  qsort(times, (size_t)count, sizeof *times, by_size);
  printf("%llu %llu\n", (unsigned long long)times[count / 2], (unsigned long long)times[count * 99 / 100]);
  return 0;
}

static void wait_for_term(void) {
  for (;;) pause();
}

/* crowd COUNT  Makes COUNT orphans that wait for a signal, says so, and waits for one itself. */
static int crowd(int count) {
  for (int i = 0; i < count; i++) {
    pid_t pid = fork();
    if (pid == 0) {
      if (fork() == 0) wait_for_term();
      _exit(0);
    }
    if (pid < 0) die("fork");
    waitpid(pid, NULL, 0);
  }
  puts("ready");
  fflush(stdout);
  wait_for_term();
  return 0;
}

/* loop COUNT  The least that stopping COUNT children can cost: kill each, wait for each; prints the nanoseconds. */
static int loop(int count) {
  pid_t *pids = calloc((size_t)count, sizeof *pids);
  for (int i = 0; i < count; i++) {
    pids[i] = fork();
    if (pids[i] == 0) wait_for_term();
    if (pids[i] < 0) die("fork");
  }
  usleep(50000);
  uint64_t begin = now_ns();
  for (int i = 0; i < count; i++) kill(pids[i], SIGTERM);
  while (waitpid(-1, NULL, 0) > 0) continue;
  printf("%llu\n", (unsigned long long)(now_ns() - begin));
  return 0;
}

/* stop PID  Sends TERM and prints the nanoseconds until the process has gone; its parent need not have reaped it. */
static int stop(pid_t pid) {
  int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
  if (pidfd < 0) die("pidfd_open");
  struct pollfd ended = {pidfd, POLLIN, 0};
  uint64_t begin = now_ns();
  if (kill(pid, SIGTERM)) die("kill");
  while (poll(&ended, 1, -1) < 0 && errno == EINTR) continue;
  printf("%llu\n", (unsigned long long)(now_ns() - begin));
  return 0;
}

enum { FIRST_PORT = 8080, PORTS = 4, BACKLOG = 4096 };

/* hold PROCESSES EACH  So many processes accept so many connections each, on PORTS ports, and keep them until TERM. */
__attribute__((noreturn)) static void hold(int processes, int each) {
  struct pollfd polls[PORTS];
  for (int i = 0; i < PORTS; i++) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)(FIRST_PORT + i))};
    polls[i] = (struct pollfd){socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), POLLIN, 0};
    if (bind(polls[i].fd, (void *)&address, sizeof address) || listen(polls[i].fd, BACKLOG)) die("listen");
  }
  puts("ready");
  fflush(stdout);
  for (int i = 1; i < processes; i++)
    if (fork() == 0) break;
  while (each > 0) {
    poll(polls, PORTS, -1);
    for (int i = 0; i < PORTS && each > 0; i++)
      if (polls[i].revents && accept(polls[i].fd, NULL, NULL) >= 0) each--;
  }
  for (;;) pause();
}

/* flood ADDRESS COUNT  Makes so many connections to what `hold` listens on, says so, and keeps them until TERM. */
__attribute__((noreturn)) static void flood(const char *name, int count) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  if (inet_pton(AF_INET, name, &address.sin_addr) != 1) die(name);
  for (int i = 0; i < count; i++) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_port = htons((uint16_t)(FIRST_PORT + i % PORTS));
    if (fd < 0 || connect(fd, (void *)&address, sizeof address)) die("connect");
  }
  puts("connected");
  fflush(stdout);
  for (;;) pause();
}

int main(int argc, char **argv) {
  const char *command = argc > 1 ? argv[1] : "";
  if (!strcmp(command, "timer") && argc > 3) return timer(argc - 2, argv + 2);
  if (!strcmp(command, "storm") && argc == 3) return storm(atoi(argv[2]));
  if (!strcmp(command, "echo") && argc == 3) return echo(argv[2]);
  if (!strcmp(command, "latency") && argc == 5) {
    int in = open(argv[3], O_RDONLY);
    char byte;
    if (in < 0 || read(in, &byte, 1) != 1) die(argv[3]);
    pid_t pid = atoi(argv[2]);
    return latency(pid, in, atoi(argv[4]));
  }
  if (!strcmp(command, "crowd") && argc == 3) return crowd(atoi(argv[2]));
  if (!strcmp(command, "loop") && argc == 3) return loop(atoi(argv[2]));
  if (!strcmp(command, "hold") && argc == 4) hold(atoi(argv[2]), atoi(argv[3]));
  if (!strcmp(command, "flood") && argc == 4) flood(argv[2], atoi(argv[3]));
  if (!strcmp(command, "stop") && argc == 3) return stop(atoi(argv[2]));
  fprintf(stderr, "tools: unknown command '%s'\n", command);
  return 2;
}

#define _GNU_SOURCE
#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum {
  /* A longer line is written as it comes, and nobody else's until it ends, or pauses for so many milliseconds. */
  LONGEST_KEPT = 64 << 10,
  PATIENCE = 1000,
  CHUNK = 64 << 10
};

struct source {
  const char *prefix;
  size_t prefix_length;
  char *kept; /* the beginning of a line that has no end yet */
  size_t kept_length;
  int has_ended; /* the program: what is left of its line ends when there is nothing more to read */
};

enum { OUTPUT = 2 * CHUNK };

/* Made when there is a relay: nobody else is to need the memory. */
static struct buffers {
  char output[OUTPUT];
  char chunk[CHUNK];
} *buffers;
static size_t output_length;

static int *inputs; /* the writing ends, by index */
static size_t input_count;
static int word = -1; /* the writing end of the pipe on which PID 1 says whose program has ended, by index */

/* Standard output may be non-blocking, as whoever gave it to us likes. Where nobody will ever read, programs are to know. */
static void flush(void) {
  for (size_t done = 0; done < output_length;) {
    ssize_t count = write(STDOUT_FILENO, buffers->output + done, output_length - done);
    if (count >= 0) done += (size_t)count;
    else if (errno == EAGAIN) poll(&(struct pollfd){STDOUT_FILENO, POLLOUT, 0}, 1, -1);
    else if (errno != EINTR) _exit(1);
  }
  output_length = 0;
}

static void put(const char *bytes, size_t length) {
  while (length > 0) {
    size_t room = OUTPUT - output_length, part = length < room ? length : room;
    memcpy(buffers->output + output_length, bytes, part);
    output_length += part;
    bytes += part;
    length -= part;
    if (output_length == OUTPUT) flush();
  }
}

static void begin_line(struct source *source) {
  put(source->prefix, source->prefix_length);
  put(source->kept, source->kept_length);
  source->kept_length = 0;
}

/* Takes in what a program has written; whether it is left in the middle of a line that has been written in part. */
static int take(struct source *source, const char *bytes, size_t length, int is_inside) {
  for (const char *end; length > 0 && (end = memchr(bytes, '\n', length)); is_inside = 0) {
    size_t line = (size_t)(end - bytes) + 1;
    if (!is_inside) begin_line(source);
    put(bytes, line);
    bytes += line;
    length -= line;
  }
  if (length == 0) return is_inside;
  if (!is_inside && source->kept_length + length <= LONGEST_KEPT) {
    char *kept = realloc(source->kept, source->kept_length + length);
    if (kept) {
      memcpy(kept + source->kept_length, bytes, length);
      source->kept = kept;
      source->kept_length += length;
      return 0;
    }
  }
  if (!is_inside) begin_line(source);
  put(bytes, length);
  return 1;
}

static void end_source(struct source *source, int is_inside) {
  int is_open = is_inside || source->kept_length > 0;
  if (!is_inside && source->kept_length > 0) begin_line(source);
  if (is_open) put("\n", 1);
}

/* Whose programs have ended; how many were not known to have. */
static int hear(struct pollfd *from, struct source *sources, size_t count) {
  int indices[64], fresh = 0;
  ssize_t length = read(from->fd, indices, sizeof indices);
  if (length <= 0) from->fd = -1;
  for (int i = 0; i < length / (ssize_t)sizeof *indices; i++) {
    if ((size_t)indices[i] >= count) continue;
    fresh += !sources[indices[i]].has_ended;
    sources[indices[i]].has_ended = 1;
  }
  return fresh;
}

/* The last of `polls` is the pipe of end_line. */
static __attribute__((noreturn)) void run_relay(struct source *sources, struct pollfd *polls, size_t count) {
  char *chunk = buffers->chunk;
  size_t open = count;
  int ended = 0;
  long owner = -1; /* of the line that has been written in part */
  while (open > 0) {
    size_t first = owner < 0 ? 0 : (size_t)owner, last = owner < 0 ? count + 1 : first + 1;
    if (output_length > 0 && poll(polls + first, last - first, 0) == 0) flush();
    if (poll(polls + first, last - first, ended > 0 ? 0 : owner < 0 ? -1 : PATIENCE) == 0 && owner >= 0) {
      put("\n", 1);
      owner = -1;
      continue;
    }
    for (size_t i = first; i < last; i++) {
      if (i < count && sources[i].has_ended && !polls[i].revents) {
        end_source(&sources[i], owner == (long)i);
        owner = -1;
        sources[i].has_ended = 0;
        ended--;
      }
      if (!polls[i].revents) continue;
      if (i == count) {
        ended += hear(&polls[i], sources, count);
        continue;
      }
      ssize_t length = read(polls[i].fd, chunk, CHUNK);
      if (length < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (length > 0) {
        owner = take(&sources[i], chunk, (size_t)length, owner == (long)i) ? (long)i : -1;
        if (owner >= 0) break;
        continue;
      }
      end_source(&sources[i], owner == (long)i);
      owner = -1;
      close(polls[i].fd);
      polls[i].fd = -1; /* poll(2) passes over it */
      open--;
    }
  }
  flush();
  _exit(0);
}

/* The pipes that there are so far are closed: output goes as it comes. */
static pid_t give_up(const struct pollfd *polls) {
  int error = errno;
  for (size_t i = 0; i < input_count; i++) close(polls[i].fd);
  end_relay();
  return -error;
}

/* A pipe whose ends no program has by accident. */
static int make_pipe(struct pollfd *reading, int *writing) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC)) return -1;
  *reading = (struct pollfd){ends[0], POLLIN, 0};
  *writing = ends[1];
  return 0;
}

pid_t start_relay(char **prefixes, size_t count) {
  struct source *sources = calloc(count + 1, sizeof *sources);
  struct pollfd *polls = calloc(count + 1, sizeof *polls);
  inputs = calloc(count + 1, sizeof *inputs);
  buffers = malloc(sizeof *buffers);
  if (!sources || !polls || !inputs || !buffers) return -ENOMEM;
  for (; input_count < count; input_count++) {
    if (make_pipe(&polls[input_count], &inputs[input_count])) return give_up(polls);
    sources[input_count] = (struct source){prefixes[input_count], strlen(prefixes[input_count]), NULL, 0, 0};
  }
  if (make_pipe(&polls[count], &word)) return give_up(polls);
  fcntl(word, F_SETFL, O_NONBLOCK); /* PID 1 does not wait for it */
  pid_t pid = fork();
  if (pid < 0) return give_up(polls);
  if (pid == 0) {
    setpgid(0, 0);
    prctl(PR_SET_NAME, "drainit-prefix");
    end_relay();
    run_relay(sources, polls, count);
  }
  setpgid(pid, pid);
  for (size_t i = 0; i <= count; i++) close(polls[i].fd);
  free(sources);
  free(polls);
  free(buffers);
  return pid;
}

int relay_input(int index) { return index >= 0 && (size_t)index < input_count ? inputs[index] : -1; }

void end_line(int index) {
  if (word >= 0 && write(word, &index, sizeof index) < 0) return;
}

void end_relay(void) {
  for (size_t i = 0; i < input_count; i++) close(inputs[i]);
  input_count = 0;
  if (word >= 0) close(word);
  word = -1;
}

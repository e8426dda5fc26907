#define _GNU_SOURCE
#include "sockets.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* States as include/net/tcp_states.h numbers them, and how long TIME_WAIT lasts, in ticks of USER_HZ. */
enum { ESTABLISHED = 1, SYN_SENT, SYN_RECV, FIN_WAIT1, FIN_WAIT2, TIME_WAIT, CLOSE, CLOSE_WAIT, LAST_ACK, LISTEN, CLOSING };
enum { TIME_WAIT_TICKS = 6000, LINE = 512 };

/* What one look is for, and what is known of the ports so far. */
struct scan {
  const uint8_t *ours; /* NULL: all that somebody listens on */
  unsigned long ticks;
  struct sockets *found;
  port_set listening;
};

static int has(const uint8_t *ports, unsigned long port) { return ports[port / 8] >> port % 8 & 1; }

/* An address as the file has it: 32-bit words in the machine's byte order, eight digits each, four words for IPv6. */
struct address {
  uint32_t words[4];
  int is_v4;
};

static int parse_address(char **at, struct address *address) {
  char word[9] = "";
  int count = 0;
  for (; **at && **at != ':' && count < 4; count++, *at += 8) {
    for (int i = 0; i < 8; i++)
      if (!(*at)[i]) return 0;
    memcpy(word, *at, 8);
    address->words[count] = (uint32_t)strtoul(word, NULL, 16);
  }
  address->is_v4 = count == 1;
  /* An IPv4 address inside an IPv6 one is an IPv4 address: ipv6(7). */
  if (count == 4 && !address->words[0] && !address->words[1] && address->words[2] == htonl(0xffff)) {
    address->words[0] = address->words[3];
    address->is_v4 = 1;
  }
  return (count == 1 || count == 4) && **at == ':' ? (++*at, 1) : 0;
}

static int is_same(const struct address *a, const struct address *b) {
  return a->is_v4 == b->is_v4 && !memcmp(a->words, b->words, a->is_v4 ? 4 : 16);
}

static int is_loopback(const struct address *address) {
  static const struct in6_addr loopback = IN6ADDR_LOOPBACK_INIT;
  return address->is_v4 ? (ntohl(address->words[0]) >> 24) == 127 : !memcmp(address->words, &loopback, 16);
}

/* A client may have closed its half and wait for the answer; a server may have closed, and the answer be on its way. */
static int is_in_use(unsigned long state, unsigned long unsent) {
  if (state == ESTABLISHED || state == CLOSE_WAIT) return 1;
  return unsent > 0 && (state == FIN_WAIT1 || state == CLOSING || state == LAST_ACK);
}

static void take_listener(struct scan *scan, uint16_t port, const char *inode) {
  struct sockets *found = scan->found;
  struct listener listener = {port, inode ? strtoull(inode, NULL, 10) : 0};
  if (found->listener_count < sizeof found->listeners / sizeof listener)
    found->listeners[found->listener_count] = listener;
  found->listener_count++;
  found->listening += (uint32_t)listener.inode * 2654435761u; /* in any order */
  scan->listening[port / 8] |= (uint8_t)(1 << port % 8);
}

/* sl local:port remote:port state tx:rx tr:when retrnsmt uid timeout inode … */
static void take_line(struct scan *scan, char *line) {
  struct address local, remote;
  char *at = strchr(line, ':');
  if (!at) return;
  at += strspn(at, ": ");
  if (!parse_address(&at, &local)) return;
  unsigned long port = strtoul(at, &at, 16);
  at += strspn(at, " ");
  if (port > 65535 || !parse_address(&at, &remote)) return;
  strtoul(at, &at, 16);
  unsigned long state = strtoul(at, &at, 16);
  char *timer = strchr(at + strspn(at, " "), ' ');
  if (state == LISTEN) {
    for (int field = 0; field < 4 && timer; field++) timer = strchr(timer + strspn(timer, " "), ' ');
    take_listener(scan, (uint16_t)port, timer);
    return;
  }
  int is_local = is_same(&local, &remote) || is_loopback(&remote);
  /* A server may have ceased to listen, and its clients are there still. */
  int is_ours = has(scan->ours ? scan->ours : scan->listening, port), is_served = is_ours || has(scan->listening, port);
  if (is_ours && !is_local) {
    if (is_in_use(state, strtoul(at, NULL, 16)) && scan->found->connected++ == 0)
      inet_ntop(remote.is_v4 ? AF_INET : AF_INET6, remote.words, scan->found->example, sizeof scan->found->example);
  } else if (state == TIME_WAIT) {
    /* Of a connection of this machine to itself one end waits, whichever closed first. */
    timer = timer ? strchr(timer + 1, ':') : NULL;
    unsigned long left = timer ? strtoul(timer + 1, NULL, 16) : 0;
    if ((is_local || is_served) && left + scan->ticks > TIME_WAIT_TICKS) scan->found->others_closed++;
  } else if (is_served && state != SYN_SENT && state != SYN_RECV) {
    scan->found->others_open++;
  }
}

static int scan_file(const char *path, struct scan *scan) {
  static char buffer[64 << 10];
  int fd = open(path, O_RDONLY | O_CLOEXEC), is_heading = 1;
  if (fd < 0) return -errno;
  size_t used = 0;
  for (ssize_t length; (length = read(fd, buffer + used, sizeof buffer - used)) > 0;) {
    used += (size_t)length;
    char *line = buffer;
    for (char *end; (end = memchr(line, '\n', used - (size_t)(line - buffer))); line = end + 1) {
      *end = 0;
      if (!is_heading) take_line(scan, line);
      is_heading = 0;
    }
    used -= (size_t)(line - buffer);
    memmove(buffer, line, used);
    if (used > LINE) used = 0; /* no line of this file is so long */
  }
  close(fd);
  return 0;
}

int scan_sockets(const uint8_t *ours, unsigned long ticks, struct sockets *found) {
  static struct scan scan;
  memset(found, 0, sizeof *found);
  scan = (struct scan){ours, ticks, found, {0}};
  /* Both files list the listening sockets first. */
  int v4 = scan_file("/proc/self/net/tcp", &scan);
  int v6 = scan_file("/proc/self/net/tcp6", &scan);
  return v4 < 0 && v6 < 0 ? v4 : 0; /* one is missing where the kernel does not have that family */
}

int list_sockets_of(int pid, uint64_t *inodes, size_t limit) {
  char path[64], target[64];
  size_t count = 0;
  snprintf(path, sizeof path, "/proc/%d/fd", pid);
  int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *names = folder < 0 ? NULL : fdopendir(folder);
  if (!names) return -errno;
  for (struct dirent *entry; count <= limit && (entry = readdir(names));) {
    ssize_t length = readlinkat(folder, entry->d_name, target, sizeof target - 1);
    if (length <= 8 || memcmp(target, "socket:[", 8) != 0) continue;
    target[length] = 0;
    if (count < limit) inodes[count] = strtoull(target + 8, NULL, 10);
    count++;
  }
  closedir(names);
  return count <= limit ? (int)count : -E2BIG; /* the listening one may be among the rest */
}

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

enum { ESTABLISHED = 1, LISTEN = 10, LINE = 512 };

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

/* sl local:port remote:port state tx:rx tr:when retrnsmt uid timeout inode … */
static void take_line(char *line, uint8_t *ports, int is_open, struct sockets *found) {
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
  if (state == LISTEN) {
    for (int field = 0; field < 5 && at; field++) at = strchr(at + strspn(at, " "), ' ');
    struct listener listener = {(uint16_t)port, at ? strtoull(at, NULL, 10) : 0};
    if (found->listener_count < sizeof found->listeners / sizeof listener)
      found->listeners[found->listener_count++] = listener;
    if (is_open) ports[port / 8] |= (uint8_t)(1 << port % 8);
  }
  int is_ours = ports[port / 8] & 1 << port % 8;
  if (state != ESTABLISHED || !is_ours || is_same(&local, &remote) || is_loopback(&remote)) return;
  if (found->connected++ == 0)
    inet_ntop(remote.is_v4 ? AF_INET : AF_INET6, remote.words, found->example, sizeof found->example);
}

static int scan_file(const char *path, uint8_t *ports, int is_open, struct sockets *found) {
  static char buffer[64 << 10];
  int fd = open(path, O_RDONLY | O_CLOEXEC), is_heading = 1;
  if (fd < 0) return -errno;
  size_t used = 0;
  for (ssize_t length; (length = read(fd, buffer + used, sizeof buffer - used)) > 0;) {
    used += (size_t)length;
    char *line = buffer;
    for (char *end; (end = memchr(line, '\n', used - (size_t)(line - buffer))); line = end + 1) {
      *end = 0;
      if (!is_heading) take_line(line, ports, is_open, found);
      is_heading = 0;
    }
    used -= (size_t)(line - buffer);
    memmove(buffer, line, used);
    if (used > LINE) used = 0; /* no line of this file is so long */
  }
  close(fd);
  return 0;
}

int scan_sockets(const uint8_t *given, struct sockets *found) {
  static port_set ports;
  memset(found, 0, sizeof *found);
  if (given) memcpy(ports, given, sizeof ports);
  else memset(ports, 0, sizeof ports);
  /* Both files list the listening sockets first. */
  int v4 = scan_file("/proc/self/net/tcp", ports, !given, found);
  int v6 = scan_file("/proc/self/net/tcp6", ports, !given, found);
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

// A server in one static program: /slow takes two seconds. On SIGTERM it finishes the request that it has, and ends.
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t is_stopping;

static void on_term(int signal) { is_stopping = signal; }

static void pause_for(time_t seconds) {
  struct timespec left = {.tv_sec = seconds};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) continue;
}

static void answer(int client) {
  char request[2048] = {0};
  if (read(client, request, sizeof request - 1) <= 0) return;
  if (strncmp(request, "GET /slow ", 10) == 0) pause_for(2);
  static const char text[] = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 6\r\n\r\nhello\n";
  if (write(client, text, sizeof text - 1) < 0) perror("write");
}

int main(void) {
  struct sigaction action = {.sa_handler = on_term};  // without SA_RESTART: accept() returns
  sigaction(SIGTERM, &action, NULL);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(8080)};
  int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(server, (struct sockaddr *)&address, sizeof address) != 0 || listen(server, 128) != 0) {
    perror("port 8080");
    return 1;
  }
  while (!is_stopping) {
    int client = accept(server, NULL, NULL);
    if (client < 0) continue;
    answer(client);
    close(client);
  }
  puts("server: finished");
  return 0;
}

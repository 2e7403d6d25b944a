/* A bad serial cable: noisy_line PORT SOCKET PER_MILLE [SEED]. PORT becomes a link to a pseudo serial port; what
 * goes between it and the unix socket is altered, so many bytes of 1000 in each direction. It ends when the
 * socket's other side does. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

static uint64_t state;
static uint64_t altered;

/* SplitMix64: one seed, one noise. */
static uint64_t next(void) {
  uint64_t z = state += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

static void give_up(const char *what) {
  perror(what);
  exit(3);
}

static int open_port(const char *link) {
  int port = posix_openpt(O_RDWR | O_NOCTTY);
  struct termios termios;
  if (port < 0 || grantpt(port) != 0 || unlockpt(port) != 0 || tcgetattr(port, &termios) != 0) {
    give_up("pty");
  }
  cfmakeraw(&termios);
  (void)tcsetattr(port, TCSANOW, &termios);
  /* One end is kept open here, so that the port is there between two hosts. */
  if (open(ptsname(port), O_RDWR | O_NOCTTY) < 0 || symlink(ptsname(port), link) != 0) {
    give_up(link);
  }
  return port;
}

static int connect_to(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  if (descriptor < 0 || connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
    give_up(path);
  }
  return descriptor;
}

/* False: the other side is gone. */
static bool carry(int from, int to, uint64_t per_mille) {
  uint8_t bytes[4096];
  ssize_t count = read(from, bytes, sizeof bytes);
  if (count <= 0) {
    return count < 0 && (errno == EINTR || errno == EAGAIN);
  }
  for (ssize_t i = 0; i < count; i++) {
    if (next() % 1000u < per_mille) {
      bytes[i] ^= (uint8_t)(1u << next() % 8u);
      altered++;
    }
  }
  for (ssize_t sent = 0; sent < count;) {
    ssize_t written = write(to, &bytes[sent], (size_t)(count - sent));
    if (written < 0 && errno != EINTR) {
      return false;
    }
    sent += written > 0 ? written : 0;
  }
  return true;
}

static volatile sig_atomic_t is_over;

static void end(int signal_number) {
  (void)signal_number;
  is_over = 1;
}

int main(int count, char **arguments) {
  if (count < 4) {
    fprintf(stderr, "noisy_line PORT SOCKET PER_MILLE [SEED]\n");
    return 2;
  }
  struct sigaction action = {.sa_handler = end};
  (void)sigaction(SIGTERM, &action, NULL);
  uint64_t per_mille = strtoull(arguments[3], NULL, 0);
  state = count > 4 ? strtoull(arguments[4], NULL, 0) : 1;
  int line = connect_to(arguments[2]);
  int port = open_port(arguments[1]);
  bool is_there = true;
  while (is_there && !is_over) {
    struct pollfd ends[2] = {{.fd = port, .events = POLLIN}, {.fd = line, .events = POLLIN}};
    if (poll(ends, 2, 1000) > 0) {
      is_there = ends[0].revents == 0 || carry(port, line, per_mille);
      is_there = is_there && (ends[1].revents == 0 || carry(line, port, per_mille));
    }
  }
  (void)unlink(arguments[1]);
  printf("%llu bytes altered\n", (unsigned long long)altered);
  return 0;
}

/* A board in C on a serial port or Unix socket: link_board PATH [LIMIT_SECONDS]. It answers ECHO, DESCRIBE and
 * COUNTERS, and ends when the other side goes away. For tests with the C# host; a bridge's main loop has the same
 * shape. */
#define _GNU_SOURCE
#include "ends.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static test_end_t board;
static uint8_t in[4096];
static uint8_t wire[HIL_WIRE_MAX(HIL_PAYLOAD_MAX)];
static const hil_identity_t identity = {0x0084, 0, "firmware core on the host", "1", "c"};

static uint64_t micros(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static int open_path(const char *path) {
  int descriptor = open(path, O_RDWR | O_NOCTTY);
  if (descriptor >= 0) {
    struct termios termios;
    if (tcgetattr(descriptor, &termios) == 0) {
      cfmakeraw(&termios);
      (void)tcsetattr(descriptor, TCSANOW, &termios);
    }
    return descriptor;
  }
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  if (descriptor < 0 || connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
    perror(path);
    exit(3);
  }
  return descriptor;
}

static void put_all(int descriptor, const uint8_t *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = write(descriptor, bytes, count);
    if (written < 0 && errno != EINTR) {
      exit(0);
    }
    if (written > 0) {
      bytes += written;
      count -= (size_t)written;
    }
  }
}

static void answer(uint32_t uptime_ms) {
  uint8_t length = 0;
  uint8_t reply[HIL_REPLY_MAX] = {0};
  size_t count = 2;
  const uint8_t *request = hil_link_take_request(&board.link, &length);
  if (request == NULL) {
    return;
  }
  reply[0] = request[0];
  if (request[0] == 1 && length >= 2 && request[1] == 0) {
    count += hil_link_describe(&identity, board.link.config.payload_max, uptime_ms, &reply[2]);
  } else if (request[0] == 4) {
    memcpy(&reply[2], &board.link.counters, sizeof board.link.counters); /* eight numbers, little-endian here */
    count += sizeof board.link.counters;
  } else {
    reply[1] = 1;
  }
  hil_link_reply(&board.link, reply, count);
}

static void send_back(void) {
  uint8_t kind = 0;
  uint16_t length = 0;
  const uint8_t *first = NULL;
  while ((first = hil_link_first(&board.link, &kind, &length)) != NULL) {
    if (kind == HIL_ECHO && hil_link_send(&board.link, HIL_ECHOED, first, length, NULL, 0) == HIL_NO_ROOM) {
      return;
    }
    hil_link_drop(&board.link);
  }
}

int main(int count, char **arguments) {
  if (count < 2) {
    fprintf(stderr, "link_board PATH [LIMIT_SECONDS]\n");
    return 2;
  }
  int descriptor = open_path(arguments[1]);
  uint64_t start = micros();
  uint64_t limit = (count > 2 ? strtoull(arguments[2], NULL, 0) : 60u) * 1000000u;
  end_begin(&board, HIL_BOARD, 544, TEST_FRAMES, 10000);
  board.link.identity = &identity;
  puts("waits");
  (void)fflush(stdout);
  for (uint64_t now = 0; now < limit; now = micros() - start) {
    struct pollfd wait = {.fd = descriptor, .events = POLLIN};
    int ready = poll(&wait, 1, 2);
    if (ready > 0) {
      ssize_t got = read(descriptor, in, sizeof in);
      if (got <= 0) {
        return 0;
      }
      hil_link_receive(&board.link, in, (size_t)got, (uint32_t)(micros() - start));
    }
    answer((uint32_t)(now / 1000u));
    send_back();
    size_t length = 0;
    while ((length = hil_link_transmit(&board.link, wire, (uint32_t)(micros() - start), (uint32_t)(now / 1000u))) > 0) {
      put_all(descriptor, wire, length);
    }
  }
  return 1;
}

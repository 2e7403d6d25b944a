/* A device over hilbench_device.h that answers every configuration read, for the tests of the native seam.
 *
 * It takes one TLP a cycle, has room for ROOM answers, and has each answer ready LATENCY cycles after the one before.
 * The switches below make it wrong in one way each.
 *
 *   ECHO_ABI=n          says that it was built with version n
 *   ECHO_NO_EXCHANGE    leaves the loop to the host
 *   ECHO_NO_SEND        exports no hil_send
 *   ECHO_REFUSES        does not open
 *   ECHO_SILENT         does not open and gives no reason
 *   ECHO_DESCRIBES=text what hil_describe gives
 *   ECHO_STANDS_STILL   hil_run runs no cycle
 *   ECHO_TOO_LONG       has TLPs that fit into no buffer
 *   ECHO_MISCOUNTS      hil_exchange_run writes more than it may, or says so
 *   ECHO_FORGES         hil_exchange_run says of a record that it is longer than any TLP
 *   ECHO_CRASHES=cycle  writes to an address that is not mapped in that cycle
 *   ECHO_ABORTS=cycle   calls abort in that cycle
 *   ECHO_EXITS=cycle    calls exit(7) in that cycle
 *   ECHO_LOOPS=cycle    never comes back from that cycle
 *   ECHO_PRINTS         writes to standard output
 */
#include "hilbench_device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef ECHO_ABI
#define ECHO_ABI HIL_ABI_VERSION
#endif
#ifndef ECHO_DESCRIBES
#define ECHO_DESCRIBES \
  "{\"name\":\"echo\",\"version\":\"1.2\",\"clock_hz\":100000000,\"snapshot\":false,\"wave\":false,\"faults\":[\"E1\"]}"
#endif

enum { ROOM = 16, LATENCY = 8, ANSWER_SIZE = 16 };

typedef struct answer {
  uint64_t ready;
  uint8_t bytes[ANSWER_SIZE];
} answer;

struct hil_device {
  uint64_t cycle;
  uint64_t last_taken;
  int has_taken;
  answer answers[ROOM];
  int head;
  int count;
};

uint32_t hil_abi_version(void) { return ECHO_ABI; }

hil_device *hil_open(const char *options, char *error, size_t error_size) {
#if defined(ECHO_SILENT)
  (void)options;
  (void)error;
  (void)error_size;
  return NULL;
#elif defined(ECHO_REFUSES)
  snprintf(error, error_size, "no such option: %s", options);
  return NULL;
#else
  (void)options;
  (void)error;
  (void)error_size;
  return calloc(1, sizeof(hil_device));
#endif
}

void hil_close(hil_device *device) { free(device); }

const char *hil_describe(hil_device *device) {
  (void)device;
  return ECHO_DESCRIBES;
}

void hil_reset(hil_device *device, int kind) {
  (void)kind;
  device->head = device->count = device->has_taken = 0;
}

static int take(hil_device *device, const uint8_t *tlp, size_t size) {
  if (size < 12 || size % 4 != 0 || tlp[0] != 0x04) return -1;
  if (device->count == ROOM || (device->has_taken && device->last_taken == device->cycle)) return 0;
  answer *made = &device->answers[(device->head + device->count) % ROOM];
  uint64_t start = device->cycle;
  if (device->count > 0) {
    uint64_t before = device->answers[(device->head + device->count - 1) % ROOM].ready;
    if (before > start) start = before;
  }
  made->ready = start + LATENCY;
  memset(made->bytes, 0, sizeof made->bytes);
  made->bytes[0] = 0x4a; /* CplD, one DW */
  made->bytes[3] = 1;
  made->bytes[4] = tlp[8]; /* completer: whom the request was for */
  made->bytes[5] = tlp[9];
  made->bytes[7] = 4;
  memcpy(made->bytes + 8, tlp + 4, 3); /* requester and tag */
  memcpy(made->bytes + 12, "echo", 4);
  device->count++;
  device->last_taken = device->cycle;
  device->has_taken = 1;
  return 1;
}

#ifndef ECHO_NO_SEND
int hil_send(hil_device *device, const uint8_t *tlp, size_t size) { return take(device, tlp, size); }
#endif

static int is_ready(const hil_device *device) {
  return device->count > 0 && device->answers[device->head].ready <= device->cycle;
}

static void give(hil_device *device, uint8_t *tlp) {
  memcpy(tlp, device->answers[device->head].bytes, ANSWER_SIZE);
  device->head = (device->head + 1) % ROOM;
  device->count--;
}

int hil_receive(hil_device *device, uint8_t *tlp, size_t capacity) {
  if (!is_ready(device)) return 0;
#ifdef ECHO_TOO_LONG
  return -1;
#endif
  if (capacity < ANSWER_SIZE) return -1;
  give(device, tlp);
  return ANSWER_SIZE;
}

uint64_t hil_run(hil_device *device, uint64_t max_cycles) {
#ifdef ECHO_STANDS_STILL
  (void)device;
  (void)max_cycles;
  return 0;
#else
  uint64_t ran = 0;
  while (ran < max_cycles && !is_ready(device)) {
    device->cycle++;
    ran++;
  }
  return ran;
#endif
}

uint64_t hil_cycles(hil_device *device) { return device->cycle; }

#ifdef ECHO_COVERS
uint64_t hil_covered(hil_device *device) { return ECHO_COVERS + device->cycle; }
#endif

#ifndef ECHO_NO_EXCHANGE
typedef struct record {
  uint64_t cycle;
  uint32_t size;
  uint32_t reserved;
} record;

/* What a cycle may bring besides answers. */
static void misbehave(uint64_t cycle) {
#ifdef ECHO_CRASHES
  int *volatile nowhere = (int *)16;
  if (cycle == ECHO_CRASHES) *nowhere = 1;
#endif
#ifdef ECHO_ABORTS
  if (cycle == ECHO_ABORTS) abort();
#endif
#ifdef ECHO_EXITS
  if (cycle == ECHO_EXITS) exit(7);
#endif
#ifdef ECHO_LOOPS
  for (volatile int stays = cycle == ECHO_LOOPS; stays;) {
  }
#endif
#ifdef ECHO_PRINTS
  if (cycle == 1) puts("words of the library");
  fflush(stdout);
#endif
  (void)cycle;
}

int hil_exchange_run(hil_device *device, hil_exchange *exchange) {
  uint64_t until = exchange->until_cycle;
  int result = 0;
  exchange->in_taken = exchange->out_size = 0;
  for (;;) {
    while (exchange->in_taken < exchange->in_size) {
      record head;
      memcpy(&head, exchange->in + exchange->in_taken, sizeof head);
      if (head.cycle > device->cycle) break;
      int taken = take(device, exchange->in + exchange->in_taken + sizeof head, head.size);
      if (taken == 0) break;
      if (taken < 0) {
        result = -1;
        break;
      }
      exchange->in_taken += (uint32_t)sizeof head + ((head.size + 7) & ~7u);
    }
    if (result != 0 || device->cycle >= until) break;
    if (exchange->out_capacity - exchange->out_size < HIL_TLP_MAX + 24) break;
    device->cycle++;
    misbehave(device->cycle);
    while (is_ready(device) && exchange->out_capacity - exchange->out_size >= HIL_TLP_MAX + 24) {
#ifdef ECHO_FORGES
      record head = {device->cycle, 0xFFFFFFF0u, 0};
#else
      record head = {device->cycle, ANSWER_SIZE, 0};
#endif
      memcpy(exchange->out + exchange->out_size, &head, sizeof head);
      give(device, exchange->out + exchange->out_size + sizeof head);
      if (exchange->out_size == 0 && device->cycle + exchange->linger_cycles < until) {
        until = device->cycle + exchange->linger_cycles;
      }
      exchange->out_size += (uint32_t)sizeof head + ANSWER_SIZE;
    }
  }
  exchange->cycle = device->cycle;
#ifdef ECHO_MISCOUNTS
  exchange->out_size = exchange->out_capacity + 16;
#endif
  return result;
}
#endif

/* Hostile bytes, and a bad cable between two ends. */
#include "ends.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIRE_MAX HIL_WIRE_MAX(HIL_PAYLOAD_MAX)

static uint8_t wire[WIRE_MAX];

/* A frame with a right CRC and any header: it passes the reader and reaches everything behind it. */
static size_t any_frame(uint64_t *state, uint16_t session, uint8_t *out) {
  static const uint8_t kinds[] = {1, 2, 3, 4, 5, 0x10, 0x11, 0x12, 0x20, 0x21, 0x22, 0x40, 0x41, 0x44, 0x45, 0x7F, 0x33};
  uint8_t plain[HIL_FRAME_OVERHEAD + 300];
  size_t length = HIL_HEADER_SIZE + choice_below(state, choice_below(state, 8) == 0 ? 290 : 24);
  for (size_t i = 0; i < length; i++) {
    plain[i] = (uint8_t)choice_next(state);
  }
  plain[0] = kinds[choice_below(state, sizeof kinds)];
  plain[1] = (uint8_t)choice_below(state, 4);
  plain[2] = (uint8_t)choice_below(state, 4);
  if (choice_below(state, 8) != 0) {
    plain[4] = (uint8_t)session;
    plain[5] = (uint8_t)(session >> 8);
  }
  if (length >= HIL_HEADER_SIZE + 16 && choice_below(state, 2) == 0) {
    static const uint8_t head[10] = {'H', 'I', 'L', 'B', 1, 1, 0, 0, 0x20, 0x10};
    memcpy(&plain[HIL_HEADER_SIZE], head, sizeof head);
  }
  uint32_t crc = hil_crc32c(plain, length);
  for (unsigned i = 0; i < 4; i++) {
    plain[length++] = (uint8_t)(crc >> (8 * i));
  }
  out[0] = 0;
  size_t encoded = hil_cobs_encode(plain, length, &out[1]);
  out[1 + encoded] = 0;
  return encoded + 2;
}

static void use(test_end_t *end, uint64_t *state, uint32_t now_us) {
  uint8_t kind = 0;
  uint16_t length = 0;
  uint8_t short_length = 0;
  uint8_t reply[4] = {1, 0, 7, 7};
  if (choice_below(state, 4) == 0 && hil_link_first(&end->link, &kind, &length) != NULL) {
    hil_link_drop(&end->link);
  }
  if (hil_link_take_request(&end->link, &short_length) != NULL) {
    hil_link_reply(&end->link, reply, sizeof reply);
  }
  (void)hil_link_take_reply(&end->link, &short_length);
  (void)!hil_link_request(&end->link, reply, sizeof reply, now_us);
  (void)!hil_link_send(&end->link, HIL_ECHO, reply, sizeof reply, reply, choice_below(state, sizeof reply));
}

int fuzz_run(uint64_t seed, unsigned rounds) {
  uint64_t state = seed;
  uint32_t frames = 0;
  for (unsigned round = 0; round < rounds; round++) {
    test_end_t end;
    hil_role_t role = round % 2 == 0 ? HIL_BOARD : HIL_HOST;
    uint16_t session = (uint16_t)(1 + choice_below(&state, 3));
    uint32_t now_us = (uint32_t)choice_next(&state);
    end_begin(&end, role, (uint16_t)(64 + choice_below(&state, 200)), (uint8_t)(1 + choice_below(&state, TEST_FRAMES)), 5000);
    if (role == HIL_HOST) {
      hil_link_open(&end.link, session, now_us);
    }
    for (unsigned i = 0; i < 200; i++) {
      uint8_t bytes[400];
      size_t count = any_frame(&state, session, bytes);
      for (uint32_t k = choice_below(&state, 8) == 0 ? choice_below(&state, 6) : 0; k > 0; k--) {
        bytes[choice_below(&state, (uint32_t)count)] = (uint8_t)choice_next(&state);
      }
      hil_link_receive(&end.link, bytes, count, now_us);
      use(&end, &state, now_us);
      while (hil_link_transmit(&end.link, wire, now_us, now_us / 1000) > 0) {
        frames++;
      }
      now_us += choice_below(&state, 20000);
    }
    end_free(&end);
  }
  printf("fuzz: %u rounds, %u frames answered\n", rounds, frames);
  return frames > rounds ? 0 : 1;
}

/* ---- A bad cable ---- */

#define CABLE_MAX 400000u
#define MESSAGES 3000u

typedef struct cable {
  uint8_t bytes[CABLE_MAX];
  size_t count;
} cable_t;

static cable_t to_board;
static cable_t to_host;

/* 1% of bytes altered, chunks lost and doubled. */
static void carry(cable_t *cable, const uint8_t *bytes, size_t count, uint64_t *state) {
  while (count > 0) {
    size_t chunk = 1 + choice_below(state, 40);
    chunk = chunk > count ? count : chunk;
    for (uint32_t times = choice_below(state, 100) == 0 ? 0 : choice_below(state, 100) == 0 ? 2 : 1; times > 0; times--) {
      for (size_t i = 0; i < chunk && cable->count < CABLE_MAX; i++) {
        uint8_t altered = (uint8_t)(choice_below(state, 100) == 0 ? 1u << choice_below(state, 8) : 0u);
        cable->bytes[cable->count++] = bytes[i] ^ altered;
      }
    }
    bytes += chunk;
    count -= chunk;
  }
}

static void pump(test_end_t *end, cable_t *in, cable_t *out, uint64_t *state, uint32_t now_us) {
  size_t length = 0;
  hil_link_receive(&end->link, in->bytes, in->count, now_us);
  in->count = 0;
  while ((length = hil_link_transmit(&end->link, wire, now_us, now_us / 1000)) > 0) {
    carry(out, wire, length, state);
  }
}

/* Sends numbered messages; takes the other side's, slowly, and checks their order. False: one is lost, doubled or
 * altered. */
static bool talk(test_end_t *end, uint32_t *sent, uint32_t *taken, uint64_t *state) {
  uint8_t kind = 0;
  uint16_t length = 0;
  if (*sent < MESSAGES && end->link.state == HIL_LINK_OPEN && hil_link_room(&end->link) > 0) {
    uint8_t payload[64] = {(uint8_t)*sent, (uint8_t)(*sent >> 8)};
    if (hil_link_send(&end->link, HIL_ECHO, payload, 2, payload, choice_below(state, 60)) == HIL_OK) {
      (*sent)++;
    }
  }
  const uint8_t *first = hil_link_first(&end->link, &kind, &length);
  if (first != NULL && choice_below(state, 3) == 0) {
    if (kind != HIL_ECHO || length < 2 || first[0] + 256u * first[1] != *taken) {
      return false;
    }
    (*taken)++;
    hil_link_drop(&end->link);
  }
  return true;
}

int cable_run(uint64_t seed) {
  test_end_t host;
  test_end_t board;
  uint64_t state = seed;
  uint32_t sent[2] = {0, 0};
  uint32_t taken[2] = {0, 0};
  uint32_t requests = 0;
  uint32_t carried_out = 0;
  uint32_t now_us = 0xFFF00000u; /* the clock wraps on the way */
  bool is_right = true;
  end_begin(&host, HIL_HOST, HIL_PAYLOAD_MAX, 8, 5000);
  end_begin(&board, HIL_BOARD, 544, 4, 5000);
  hil_link_open(&host.link, 0x1234, now_us);
  unsigned step = 0;
  for (; step < 4000000 && is_right && (taken[0] < MESSAGES || taken[1] < MESSAGES || requests < 100); step++) {
    uint8_t length = 0;
    uint8_t request[3] = {4, (uint8_t)requests, 0};
    is_right = talk(&host, &sent[0], &taken[1], &state) && talk(&board, &sent[1], &taken[0], &state);
    if (requests < 100 && hil_link_request(&host.link, request, sizeof request, now_us) == HIL_OK) {
      requests++;
    }
    const uint8_t *came = hil_link_take_request(&board.link, &length);
    if (came != NULL) {
      is_right = is_right && came[1] == carried_out++;
      uint8_t reply[2] = {4, 0};
      hil_link_reply(&board.link, reply, sizeof reply);
    }
    (void)hil_link_take_reply(&host.link, &length);
    pump(&host, &to_host, &to_board, &state, now_us);
    pump(&board, &to_board, &to_host, &state, now_us);
    now_us += 100;
  }
  is_right = is_right && taken[0] == MESSAGES && taken[1] == MESSAGES && requests == 100 && carried_out >= 99;
  printf("bad cable, seed %u: %u and %u messages in %u steps, %u + %u broken frames, %u + %u sent again: %s\n",
         (unsigned)seed, (unsigned)taken[0], (unsigned)taken[1], step, (unsigned)host.link.counters.broken_frames,
         (unsigned)board.link.counters.broken_frames, (unsigned)host.link.counters.repeated,
         (unsigned)board.link.counters.repeated, is_right ? "all in order" : "WRONG");
  end_free(&host);
  end_free(&board);
  return is_right && host.link.counters.broken_frames > 100 ? 0 : 1;
}

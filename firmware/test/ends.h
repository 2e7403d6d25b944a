/* Ends of a link with memory of their own, for tests. */
#ifndef ENDS_H
#define ENDS_H

#include "hil_link.h"

#define TEST_FRAMES 16u

typedef struct test_end {
  hil_link_t link;
  hil_slot_t receive_slots[TEST_FRAMES];
  hil_slot_t send_slots[TEST_FRAMES];
  uint8_t *receive_bytes; /* of exactly the size asked for, so that the sanitizer sees a step too far */
  uint8_t *send_bytes;
  uint8_t *encoded;
  uint8_t *plain;
} test_end_t;

void end_begin(test_end_t *end, hil_role_t role, uint16_t payload_max, uint8_t frames, uint32_t resend_us);
void end_free(test_end_t *end);

/* One seed gives the same numbers everywhere: SplitMix64. */
uint64_t choice_next(uint64_t *state);
uint32_t choice_below(uint64_t *state, uint32_t bound);

int vectors_run(const char *path);
int fuzz_run(uint64_t seed, unsigned rounds);
int cable_run(uint64_t seed);

#endif

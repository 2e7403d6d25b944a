#include "ends.h"

#include <stdlib.h>

static const hil_identity_t identity = {0x0007, 250000, "vector", "1", "07"};

static void *exactly(size_t size) {
  void *memory = malloc(size);
  if (memory == NULL) {
    abort();
  }
  return memory;
}

void end_begin(test_end_t *end, hil_role_t role, uint16_t payload_max, uint8_t frames, uint32_t resend_us) {
  uint16_t send_max = HIL_PAYLOAD_MAX;
  uint32_t longest = payload_max > send_max ? payload_max : send_max;
  end->receive_bytes = exactly((size_t)frames * payload_max);
  end->send_bytes = exactly((size_t)frames * send_max);
  end->encoded = exactly(HIL_COBS_MAX(payload_max + HIL_FRAME_OVERHEAD));
  end->plain = exactly(HIL_COBS_MAX(longest + HIL_FRAME_OVERHEAD));
  const hil_link_config_t config = {
      .role = role,
      .resend_us = resend_us,
      .host_id = 0x11223344,
      .payload_max = payload_max,
      .send_payload_max = send_max,
      .receive_frames = frames,
      .send_frames = frames,
      .receive_slots = end->receive_slots,
      .receive_bytes = end->receive_bytes,
      .send_slots = end->send_slots,
      .send_bytes = end->send_bytes,
      .encoded = end->encoded,
      .plain = end->plain,
  };
  hil_link_begin(&end->link, &config, role == HIL_BOARD ? &identity : NULL);
}

void end_free(test_end_t *end) {
  free(end->receive_bytes);
  free(end->send_bytes);
  free(end->encoded);
  free(end->plain);
}

uint64_t choice_next(uint64_t *state) {
  uint64_t z = *state += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

uint32_t choice_below(uint64_t *state, uint32_t bound) { return (uint32_t)(choice_next(state) % bound); }

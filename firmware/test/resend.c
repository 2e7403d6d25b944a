/* SEQ-8: on a slow line the resend time is longer by twice what the frames on their way take. */
#include "ends.h"
#include "fake_board.h"

#include <stdio.h>
#include <string.h>

#define RESEND_US 5000u
#define WIRE_MAX HIL_WIRE_MAX(HIL_PAYLOAD_MAX)

static uint8_t wire[WIRE_MAX];

/* Opens both ends and lets the host send so many frames of 87 bytes (100 on the line) that nobody hears; when the
 * first comes again. */
static uint32_t resent_after(uint32_t byte_ns, unsigned frames) {
  static const uint8_t payload[87] = {1, 2, 3};
  test_end_t host;
  test_end_t board;
  uint32_t now_us = 1000;
  size_t length = 0;
  end_begin(&host, HIL_HOST, HIL_PAYLOAD_MAX, 8, RESEND_US);
  end_begin(&board, HIL_BOARD, HIL_PAYLOAD_MAX, 8, RESEND_US);
  host.link.config.byte_ns = byte_ns;
  hil_link_open(&host.link, 7, now_us);
  for (int turn = 0; turn < 4; turn++) {
    while ((length = hil_link_transmit(&host.link, wire, now_us, 0)) > 0) {
      hil_link_receive(&board.link, wire, length, now_us);
    }
    while ((length = hil_link_transmit(&board.link, wire, now_us, 0)) > 0) {
      hil_link_receive(&host.link, wire, length, now_us);
    }
  }
  CLAIM(host.link.state == HIL_LINK_OPEN);
  for (unsigned i = 0; i < frames; i++) {
    CLAIM(hil_link_send(&host.link, HIL_ECHO, payload, sizeof payload, NULL, 0) == HIL_OK);
  }
  uint32_t sent_us = now_us;
  while (host.link.counters.repeated == 0 && now_us - sent_us < 1000000) {
    while (hil_link_transmit(&host.link, wire, now_us, 0) > 0) {
      /* lost */
    }
    now_us += 100;
  }
  end_free(&host);
  end_free(&board);
  return now_us - sent_us - 100;
}

int resend_run(void) {
  unsigned before = claims_failed();
  CLAIM(resent_after(0, 1) == RESEND_US);
  /* 100 kB/s: a frame of 100 bytes takes 1 ms; twice that for each frame on its way. */
  uint32_t one_us = resent_after(10000, 1);
  uint32_t four_us = resent_after(10000, 4);
  CLAIM(one_us >= RESEND_US + 2000 && one_us < RESEND_US + 2200);
  CLAIM(four_us >= RESEND_US + 8000 && four_us < RESEND_US + 8800);
  printf("resend time: %u us, %u us with one frame on a slow line, %u us with four\n", RESEND_US, one_us, four_us);
  return claims_failed() == before ? 0 : 1;
}

/* What the files of the link share: hil_link.c (frames), hil_session.c, hil_stream.c, hil_request.c. Not for its
 * users. */
#ifndef HIL_LINK_PARTS_H
#define HIL_LINK_PARTS_H

#include "hil_bytes.h"
#include "hil_link.h"

#define HIL_MOST_DOUBLINGS 16u
#define HIL_STREAM_BIT 0x40u

/* Frames that are due, one bit for each kind: LNK-4. */
enum {
  HIL_DUE_HELLO = 1u << 0,
  HIL_DUE_WELCOME = 1u << 1,
  HIL_DUE_REFUSE = 1u << 2,
  HIL_DUE_GONE = 1u << 3,
  HIL_DUE_BYE = 1u << 4,
  HIL_DUE_NAK = 1u << 5,
  HIL_DUE_REQUEST = 1u << 6,
  HIL_DUE_REPLY = 1u << 7,
  HIL_DUE_WORKING = 1u << 8,
  HIL_DUE_POLL = 1u << 9,
  HIL_DUE_ACK = 1u << 10
};

/* The request under way. */
enum {
  HIL_CONTROL_IDLE,      /* none since the session began */
  HIL_CONTROL_WAITING,   /* board: its user has not seen it */
  HIL_CONTROL_UNDER_WAY, /* host: not answered; board: its user works on it */
  HIL_CONTROL_ANSWERED,
  HIL_CONTROL_DONE       /* host: its user has the reply */
};

enum { HIL_GONE_RESTARTED = 1, HIL_GONE_REPLACED = 2, HIL_GONE_ENDED = 3 };

typedef struct hil_header {
  uint8_t kind, number, ack, grant;
  uint16_t session;
} hil_header_t;

static inline void hil_set_due(hil_link_t *link, uint32_t due) { link->due = (uint16_t)(link->due | due); }

static inline void hil_clear_due(hil_link_t *link, uint32_t due) { link->due = (uint16_t)(link->due & ~due); }

static inline bool hil_take_due(hil_link_t *link, uint32_t due) {
  bool is_due = (link->due & due) != 0;
  hil_clear_due(link, due);
  return is_due;
}

/* ---- Timers: SEQ-7, REQ-2 ---- */

static inline void hil_timer_reset(hil_timer_t *timer, uint32_t first_us) {
  timer->is_running = false;
  timer->length_us = first_us;
}

static inline void hil_timer_start(hil_timer_t *timer, uint32_t now_us) {
  timer->is_running = true;
  timer->started_us = now_us;
}

static inline void hil_timer_double(hil_timer_t *timer, uint32_t first_us) {
  uint32_t most = first_us * HIL_MOST_DOUBLINGS;
  timer->length_us = timer->length_us * 2 > most ? most : timer->length_us * 2;
}

static inline bool hil_timer_is_over(const hil_timer_t *timer, uint32_t now_us, uint32_t wire_us) {
  return timer->is_running && now_us - timer->started_us >= timer->length_us + wire_us;
}

/* Numbers that go around. */
static inline bool hil_is_ahead(uint8_t a, uint8_t b) {
  uint8_t distance = (uint8_t)(a - b);
  return distance >= 1 && distance <= 127;
}

/* ---- hil_link.c: frames that go out; the payload may lie in plain already ---- */

size_t hil_write_frame(hil_link_t *link, uint8_t *wire, hil_header_t header, size_t payload_count);

/* A frame of the session: LNK-1, LNK-5. */
size_t hil_write_own(hil_link_t *link, uint8_t *wire, hil_kind_t kind, uint8_t number, const uint8_t *payload,
                     size_t count);

/* ---- hil_session.c ---- */

void hil_forget_session(hil_link_t *link);
void hil_end_session(hil_link_t *link, hil_session_end_t reason);
void hil_update_live(hil_link_t *link, uint32_t now_us);
void hil_take_hello(hil_link_t *link, const hil_header_t *header, const uint8_t *payload, size_t count);
void hil_take_welcome(hil_link_t *link, const hil_header_t *header, const uint8_t *payload, size_t count,
                      uint32_t now_us);
void hil_take_refuse(hil_link_t *link, const uint8_t *payload, size_t count);
void hil_take_gone(hil_link_t *link, const uint8_t *payload, size_t count);
size_t hil_write_of_session(hil_link_t *link, uint8_t *wire, uint32_t uptime_ms);

/* ---- hil_stream.c ---- */

void hil_send_clear(hil_link_t *link, uint8_t grant);
bool hil_send_can(const hil_link_t *link);
/* SEQ-8: twice the time on the carrier of frames sent and not acknowledged, and of more bytes. */
uint32_t hil_send_wire_us(const hil_link_t *link, size_t more);
bool hil_send_acknowledge(hil_link_t *link, uint8_t ack);
void hil_send_go_back(hil_link_t *link);
void hil_send_run_timer(hil_link_t *link, uint32_t now_us);
uint8_t hil_receive_grant(const hil_link_t *link);
void hil_receive_clear(hil_link_t *link);
void hil_take_message(hil_link_t *link, const hil_header_t *header, const uint8_t *payload, size_t count);
size_t hil_write_stream(hil_link_t *link, uint8_t *wire, uint32_t now_us);

/* ---- hil_request.c ---- */

void hil_take_request(hil_link_t *link, uint8_t tag, const uint8_t *payload, size_t count);
void hil_take_reply(hil_link_t *link, const hil_header_t *header, const uint8_t *payload, size_t count);
void hil_repeat_control(hil_link_t *link);

#endif

#include "hil_link.h"

#include <string.h>

#define HELLO_US 100000u
#define LIVE_US 1000000u
#define MOST_DOUBLINGS 16u
#define STREAM_BIT 0x40u
#define HELLO_SIZE 16u
#define REFUSE_SIZE 12u
#define GONE_SIZE 8u
#define WELCOME_TEXT_AT 20u
#define WELCOME_TEXT_MAX 96u
#define PAYLOAD_MIN 64u

/* Frames that are due, one bit for each kind: LNK-4. */
enum {
  DUE_HELLO = 1u << 0,
  DUE_WELCOME = 1u << 1,
  DUE_REFUSE = 1u << 2,
  DUE_GONE = 1u << 3,
  DUE_BYE = 1u << 4,
  DUE_NAK = 1u << 5,
  DUE_REQUEST = 1u << 6,
  DUE_REPLY = 1u << 7,
  DUE_WORKING = 1u << 8,
  DUE_POLL = 1u << 9,
  DUE_ACK = 1u << 10
};

/* The request under way. */
enum {
  CONTROL_IDLE,      /* none since the session began */
  CONTROL_WAITING,   /* board: its user has not seen it */
  CONTROL_UNDER_WAY, /* host: not answered; board: its user works on it */
  CONTROL_ANSWERED,
  CONTROL_DONE       /* host: its user has the reply */
};

enum { REFUSED_VERSION = 1, REFUSED_BUSY = 2, REFUSED_LIMITS = 3 };
enum { GONE_RESTARTED = 1, GONE_REPLACED = 2, GONE_ENDED = 3 };
enum { STATUS_MALFORMED = 2 };

typedef struct header {
  uint8_t kind, number, ack, grant;
  uint16_t session;
} header_t;

static const uint8_t magic[4] = {'H', 'I', 'L', 'B'};

static uint16_t get16(const uint8_t *bytes) { return (uint16_t)(bytes[0] | (uint16_t)(bytes[1] << 8)); }

static uint32_t get32(const uint8_t *bytes) { return (uint32_t)get16(bytes) | ((uint32_t)get16(bytes + 2) << 16); }

static void put16(uint8_t *bytes, uint32_t value) {
  bytes[0] = (uint8_t)value;
  bytes[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *bytes, uint32_t value) {
  put16(bytes, value);
  put16(bytes + 2, value >> 16);
}

static void set_due(hil_link_t *link, uint32_t due) { link->due = (uint16_t)(link->due | due); }

static void clear_due(hil_link_t *link, uint32_t due) { link->due = (uint16_t)(link->due & ~due); }

static bool take_due(hil_link_t *link, uint32_t due) {
  bool is_due = (link->due & due) != 0;
  clear_due(link, due);
  return is_due;
}

/* ---- Timers: SEQ-7, REQ-2 ---- */

static void timer_reset(hil_timer_t *timer, uint32_t first_us) {
  timer->is_running = false;
  timer->length_us = first_us;
}

static void timer_start(hil_timer_t *timer, uint32_t now_us) {
  timer->is_running = true;
  timer->started_us = now_us;
}

static void timer_double(hil_timer_t *timer, uint32_t first_us) {
  uint32_t most = first_us * MOST_DOUBLINGS;
  timer->length_us = timer->length_us * 2 > most ? most : timer->length_us * 2;
}

static bool timer_is_over(const hil_timer_t *timer, uint32_t now_us) {
  return timer->is_running && now_us - timer->started_us >= timer->length_us;
}

/* ---- Numbers that go around ---- */

static bool is_ahead(uint8_t a, uint8_t b) {
  uint8_t distance = (uint8_t)(a - b);
  return distance >= 1 && distance <= 127;
}

/* ---- Sender: SEQ-1, SEQ-5 to SEQ-7, CRD-1, CRD-2 ---- */

static uint8_t send_place(const hil_link_t *link, uint32_t offset) {
  return (uint8_t)((link->send_start + offset) % link->config.send_frames);
}

static void send_clear(hil_link_t *link, uint8_t grant) {
  link->send_start = link->send_count = link->send_sent = link->send_cursor = link->send_base = 0;
  link->send_grant = grant;
  timer_reset(&link->send_timer, link->config.resend_us);
}

static bool send_can(const hil_link_t *link) {
  return link->send_cursor < link->send_count && is_ahead(link->send_grant, (uint8_t)(link->send_base + link->send_cursor));
}

static bool send_acknowledge(hil_link_t *link, uint8_t ack) {
  uint8_t news = (uint8_t)(ack - link->send_base);
  if (news == 0 || news > link->send_sent) {
    return false;
  }
  link->send_start = send_place(link, news);
  link->send_base = ack;
  link->send_count = (uint8_t)(link->send_count - news);
  link->send_sent = (uint8_t)(link->send_sent - news);
  link->send_cursor = (uint8_t)(link->send_cursor > news ? link->send_cursor - news : 0);
  return true;
}

/* It runs while a frame is not acknowledged, or a message waits for a grant. */
static void send_run_timer(hil_link_t *link, uint32_t now_us) {
  bool is_waiting = link->send_count > link->send_sent && !send_can(link);
  if (link->send_sent == 0 && !is_waiting) {
    timer_reset(&link->send_timer, link->config.resend_us);
  } else if (!link->send_timer.is_running) {
    timer_start(&link->send_timer, now_us);
  }
}

/* ---- Receiver: SEQ-2 to SEQ-4, CRD-1 ---- */

static uint8_t receive_grant(const hil_link_t *link) {
  return (uint8_t)(link->expected + link->config.receive_frames - link->receive_count);
}

static void receive_clear(hil_link_t *link) {
  link->receive_start = link->receive_count = link->expected = 0;
  link->has_seen_gap = false;
}

static void take_message(hil_link_t *link, const header_t *header, const uint8_t *payload, size_t count) {
  if (header->number == link->expected && link->receive_count < link->config.receive_frames) {
    link->has_seen_gap = false;
    link->expected++;
    set_due(link, DUE_ACK);
    if (header->kind > HIL_ECHOED) {
      link->counters.dropped++; /* FRM-4 */
      return;
    }
    uint8_t place = (uint8_t)((link->receive_start + link->receive_count) % link->config.receive_frames);
    memcpy(&link->config.receive_bytes[(size_t)place * link->config.payload_max], payload, count); /* FRM-3 holds */
    link->config.receive_slots[place].kind = header->kind;
    link->config.receive_slots[place].length = (uint16_t)count;
    link->receive_count++;
  } else if (is_ahead(link->expected, header->number)) {
    link->counters.repetitions++;
    set_due(link, DUE_ACK);
  } else if (!link->has_seen_gap) {
    link->has_seen_gap = true;
    set_due(link, DUE_NAK);
  }
}

/* ---- Sessions ---- */

static void forget(hil_link_t *link) {
  link->state = HIL_LINK_CLOSED;
  clear_due(link, ~(uint32_t)(DUE_REFUSE | DUE_GONE));
  send_clear(link, 0);
  timer_reset(&link->request_timer, link->config.resend_us);
  link->hello_timer.is_running = false;
  link->control = CONTROL_IDLE;
  link->tag = 0;
  link->is_live = false;
  if (link->config.role == HIL_BOARD) {
    receive_clear(link);
  }
}

static void end_session(hil_link_t *link, hil_session_end_t reason) {
  forget(link);
  link->ended_by = reason;
  link->gone_reason = GONE_ENDED;
}

static void update_live(hil_link_t *link, uint32_t now_us) {
  if (link->is_live && now_us - link->last_heard_us >= LIVE_US) {
    link->is_live = false;
  }
}

static void refuse(hil_link_t *link, uint16_t session, uint8_t reason, uint32_t served) {
  link->refused_session = session;
  link->refuse_reason = reason;
  link->refused_for = served;
  set_due(link, DUE_REFUSE);
}

static void take_hello(hil_link_t *link, const header_t *header, const uint8_t *payload, size_t count) {
  if (count < HELLO_SIZE || memcmp(payload, magic, sizeof magic) != 0) {
    link->counters.malformed++;
    return;
  }
  if (payload[4] > HIL_LINK_VERSION || payload[5] < HIL_LINK_VERSION) {
    refuse(link, header->session, REFUSED_VERSION, 0);
    return;
  }
  uint16_t longest = get16(&payload[8]);
  if (longest < PAYLOAD_MIN) {
    refuse(link, header->session, REFUSED_LIMITS, 0);
    return;
  }
  if (link->state != HIL_LINK_CLOSED && header->session == link->session) {
    set_due(link, DUE_WELCOME); /* SES-5 */
    return;
  }
  bool takes_over = (payload[6] & 1u) != 0;
  if (link->state == HIL_LINK_OPEN && link->is_live && !takes_over) {
    refuse(link, header->session, REFUSED_BUSY, link->served_host);
    return;
  }
  forget(link);
  link->session = header->session;
  link->served_host = get32(&payload[10]);
  link->peer_payload = longest < HIL_PAYLOAD_MAX ? longest : HIL_PAYLOAD_MAX;
  send_clear(link, header->grant);
  link->state = HIL_LINK_UNCONFIRMED;
  set_due(link, DUE_WELCOME);
  link->session_number++;
}

static void take_welcome(hil_link_t *link, const header_t *header, const uint8_t *payload, size_t count, uint32_t now_us) {
  if (link->state != HIL_LINK_OPENING) {
    return;
  }
  if (count < WELCOME_TEXT_AT || memcmp(payload, magic, sizeof magic) != 0 || payload[4] != HIL_LINK_VERSION ||
      get16(&payload[8]) < PAYLOAD_MIN) {
    link->counters.malformed++;
    return;
  }
  uint16_t longest = get16(&payload[8]);
  link->peer_features = get16(&payload[6]);
  link->peer_payload = longest < HIL_PAYLOAD_MAX ? longest : HIL_PAYLOAD_MAX;
  link->state = HIL_LINK_OPEN;
  link->ended_by = HIL_END_NONE;
  link->last_heard_us = now_us;
  link->is_live = true;
  send_clear(link, header->grant);
  link->due = DUE_ACK;
}

static void take_refuse(hil_link_t *link, const uint8_t *payload, size_t count) {
  if (link->state != HIL_LINK_OPENING) {
    return;
  }
  if (count < REFUSE_SIZE || memcmp(payload, magic, sizeof magic) != 0) {
    link->counters.malformed++;
    return;
  }
  link->served_host = get32(&payload[8]);
  if (payload[6] == REFUSED_BUSY) {
    link->ended_by = HIL_END_REFUSED_BUSY;
    return;
  }
  end_session(link, payload[6] == REFUSED_VERSION ? HIL_END_REFUSED_VERSION : HIL_END_REFUSED_LIMITS);
}

static void take_gone(hil_link_t *link, const uint8_t *payload, size_t count) {
  if (link->state != HIL_LINK_OPEN) {
    return;
  }
  if (count < GONE_SIZE) {
    link->counters.malformed++;
    return;
  }
  link->peer_uptime_ms = get32(&payload[4]);
  end_session(link, payload[0] == GONE_RESTARTED  ? HIL_END_RESTARTED
                    : payload[0] == GONE_REPLACED ? HIL_END_REPLACED
                                                  : HIL_END_ENDED);
}

/* ---- Control: REQ-1 to REQ-6 ---- */

static void take_request(hil_link_t *link, uint8_t tag, const uint8_t *payload, size_t count) {
  if (link->control != CONTROL_IDLE && tag == link->tag) {
    set_due(link, link->control == CONTROL_ANSWERED ? DUE_REPLY : DUE_WORKING);
    return;
  }
  if (tag != (uint8_t)(link->tag + 1) || link->control == CONTROL_WAITING || link->control == CONTROL_UNDER_WAY) {
    return;
  }
  link->tag = tag;
  clear_due(link, DUE_REPLY);
  if (count >= 1 && count <= HIL_REQUEST_MAX) {
    memcpy(link->request, payload, count);
    link->request_length = (uint8_t)count;
    link->control = CONTROL_WAITING;
    return;
  }
  uint8_t malformed[2] = {count > 0 ? payload[0] : (uint8_t)0, STATUS_MALFORMED};
  link->counters.malformed++;
  link->request_length = 0;
  link->control = CONTROL_UNDER_WAY;
  hil_link_reply(link, malformed, sizeof malformed);
}

static void take_reply(hil_link_t *link, const header_t *header, const uint8_t *payload, size_t count) {
  if (link->control != CONTROL_UNDER_WAY || header->number != link->tag || header->kind == HIL_WORKING) {
    return;
  }
  if (count < 2 || count > HIL_REPLY_MAX) {
    link->counters.malformed++;
    return;
  }
  memcpy(link->reply, payload, count);
  link->reply_length = (uint8_t)count;
  link->control = CONTROL_ANSWERED;
  timer_reset(&link->request_timer, link->config.resend_us);
  clear_due(link, DUE_REQUEST);
}

static void repeat_control(hil_link_t *link) {
  if (link->config.role == HIL_HOST && link->control == CONTROL_UNDER_WAY) {
    set_due(link, DUE_REQUEST);
  } else if (link->config.role == HIL_BOARD && link->control == CONTROL_ANSWERED) {
    set_due(link, DUE_REPLY);
  }
}

/* ---- Frames that come in ---- */

static void receive_in_session(hil_link_t *link, const header_t *header, const uint8_t *payload, size_t count,
                               uint32_t now_us) {
  link->last_heard_us = now_us;
  link->is_live = true;
  bool is_news = send_acknowledge(link, header->ack);
  if (is_ahead(header->grant, link->send_grant)) {
    link->send_grant = header->grant;
    is_news = is_news || link->send_sent == 0;
  }
  if (is_news) {
    timer_reset(&link->send_timer, link->config.resend_us);
  }
  switch (header->kind) {
    case HIL_NAK:
      link->send_cursor = 0;
      if (link->send_sent > 0) {
        timer_start(&link->send_timer, now_us);
      }
      repeat_control(link);
      break;
    case HIL_POLL:
      set_due(link, DUE_ACK);
      break;
    case HIL_BYE:
      end_session(link, HIL_END_ENDED);
      break;
    case HIL_REQUEST:
      take_request(link, header->number, payload, count);
      break;
    case HIL_REPLY:
    case HIL_WORKING:
      take_reply(link, header, payload, count);
      break;
    default:
      if ((header->kind & STREAM_BIT) != 0) {
        take_message(link, header, payload, count);
      }
      break;
  }
}

static void receive_at_host(hil_link_t *link, const header_t *header, const uint8_t *payload, size_t count,
                            uint32_t now_us) {
  bool is_of_opening = header->kind == HIL_WELCOME || header->kind == HIL_REFUSE || header->kind == HIL_GONE;
  if (header->session != link->session || link->state == HIL_LINK_CLOSED ||
      (link->state == HIL_LINK_OPENING && !is_of_opening)) {
    link->counters.foreign++;
    return;
  }
  switch (header->kind) {
    case HIL_WELCOME:
      take_welcome(link, header, payload, count, now_us);
      break;
    case HIL_REFUSE:
      take_refuse(link, payload, count);
      break;
    case HIL_GONE:
      take_gone(link, payload, count);
      break;
    case HIL_HELLO:
    case HIL_REQUEST:
      break;
    default:
      receive_in_session(link, header, payload, count, now_us);
      break;
  }
}

static void receive_at_board(hil_link_t *link, const header_t *header, const uint8_t *payload, size_t count,
                             uint32_t now_us) {
  switch (header->kind) {
    case HIL_HELLO:
      take_hello(link, header, payload, count);
      return;
    case HIL_WELCOME:
    case HIL_REFUSE:
    case HIL_GONE:
    case HIL_REPLY:
    case HIL_WORKING:
      return;
    default:
      break;
  }
  if (link->state == HIL_LINK_CLOSED || header->session != link->session) {
    link->counters.foreign++;
    if (header->kind != HIL_BYE) {
      link->gone_session = header->session; /* SES-8 */
      set_due(link, DUE_GONE);
    }
    return;
  }
  link->state = HIL_LINK_OPEN;
  receive_in_session(link, header, payload, count, now_us);
}

/* FRM-2, FRM-3, COBS-5, COBS-6. */
static bool is_good(const hil_link_t *link, size_t *length) {
  uint8_t *plain = link->config.plain;
  size_t longest = link->config.payload_max + HIL_FRAME_OVERHEAD;
  if (link->is_too_long || !hil_cobs_decode(link->config.encoded, link->encoded_length, plain, length) ||
      *length < HIL_FRAME_OVERHEAD || *length > longest) {
    return false;
  }
  *length -= HIL_CRC_SIZE;
  return get32(&plain[*length]) == hil_crc32c(plain, *length);
}

static void end_of_frame(hil_link_t *link, uint32_t now_us) {
  size_t length = 0;
  if (!is_good(link, &length)) {
    link->counters.broken_frames++;
    if (link->state == HIL_LINK_OPEN) {
      set_due(link, DUE_NAK); /* LNK-3 */
    }
    return;
  }
  const uint8_t *plain = link->config.plain;
  const header_t header = {plain[0], plain[1], plain[2], plain[3], get16(&plain[4])};
  link->counters.frames++;
  if (header.session == 0) {
    return;
  }
  if (link->config.role == HIL_HOST) {
    receive_at_host(link, &header, &plain[HIL_HEADER_SIZE], length - HIL_HEADER_SIZE, now_us);
  } else {
    receive_at_board(link, &header, &plain[HIL_HEADER_SIZE], length - HIL_HEADER_SIZE, now_us);
  }
}

void hil_link_receive(hil_link_t *link, const uint8_t *bytes, size_t count, uint32_t now_us) {
  size_t room = HIL_COBS_MAX(link->config.payload_max + HIL_FRAME_OVERHEAD);
  update_live(link, now_us);
  for (size_t i = 0; i < count; i++) {
    if (bytes[i] != 0) {
      if (link->encoded_length < room) {
        link->config.encoded[link->encoded_length++] = bytes[i];
      } else {
        link->is_too_long = true;
      }
    } else if (link->encoded_length > 0) {
      end_of_frame(link, now_us);
      link->encoded_length = 0;
      link->is_too_long = false;
    }
  }
}

/* ---- Frames that go out ---- */

static size_t write_frame(hil_link_t *link, uint8_t *wire, header_t header, size_t payload_count) {
  uint8_t *plain = link->config.plain; /* the payload is there already */
  size_t length = HIL_HEADER_SIZE + payload_count;
  plain[0] = header.kind;
  plain[1] = header.number;
  plain[2] = header.ack;
  plain[3] = header.grant;
  put16(&plain[4], header.session);
  put32(&plain[length], hil_crc32c(plain, length));
  wire[0] = 0;
  size_t encoded = hil_cobs_encode(plain, length + HIL_CRC_SIZE, &wire[1]);
  wire[1 + encoded] = 0;
  return encoded + 2;
}

/* A frame of the session: LNK-1, LNK-5. */
static size_t write_own(hil_link_t *link, uint8_t *wire, hil_kind_t kind, uint8_t number, const uint8_t *payload,
                        size_t count) {
  if (count > 0) {
    memmove(&link->config.plain[HIL_HEADER_SIZE], payload, count);
  }
  link->grant_sent = receive_grant(link);
  clear_due(link, DUE_ACK);
  const header_t header = {(uint8_t)kind, number, link->expected, link->grant_sent, link->session};
  return write_frame(link, wire, header, count);
}

static size_t write_hello(hil_link_t *link, uint8_t *wire) {
  uint8_t payload[HELLO_SIZE] = {0};
  memcpy(payload, magic, sizeof magic);
  payload[4] = payload[5] = HIL_LINK_VERSION;
  payload[6] = link->config.takes_over ? 1 : 0;
  put16(&payload[8], link->config.payload_max);
  put32(&payload[10], link->config.host_id);
  return write_own(link, wire, HIL_HELLO, 0, payload, sizeof payload);
}

static size_t write_welcome(hil_link_t *link, uint8_t *wire, uint32_t uptime_ms) {
  uint8_t payload[WELCOME_TEXT_AT + WELCOME_TEXT_MAX] = {0};
  return write_own(link, wire, HIL_WELCOME, 0, payload,
                   hil_link_describe(link->identity, link->config.payload_max, uptime_ms, payload));
}

size_t hil_link_describe(const hil_identity_t *identity, uint16_t payload_max, uint32_t uptime_ms, uint8_t *payload) {
  const char *texts[3] = {identity->name, identity->version, identity->serial};
  size_t length = WELCOME_TEXT_AT;
  memcpy(payload, magic, sizeof magic);
  payload[4] = HIL_LINK_VERSION;
  payload[5] = 0;
  put16(&payload[6], identity->features);
  put16(&payload[8], payload_max);
  put16(&payload[10], 0);
  put32(&payload[12], identity->clock_khz);
  put32(&payload[16], uptime_ms);
  for (size_t i = 0; i < 3; i++) {
    const char *text = texts[i];
    do {
      if (length == WELCOME_TEXT_AT + WELCOME_TEXT_MAX) {
        return length;
      }
      payload[length++] = (uint8_t)*text;
    } while (*text++ != '\0');
  }
  return length;
}

static size_t write_refuse(hil_link_t *link, uint8_t *wire) {
  uint8_t *payload = &link->config.plain[HIL_HEADER_SIZE];
  memcpy(payload, magic, sizeof magic);
  payload[4] = payload[5] = HIL_LINK_VERSION;
  payload[6] = link->refuse_reason;
  payload[7] = 0;
  put32(&payload[8], link->refused_for);
  const header_t header = {HIL_REFUSE, 0, 0, 0, link->refused_session};
  return write_frame(link, wire, header, REFUSE_SIZE);
}

static size_t write_gone(hil_link_t *link, uint8_t *wire, uint32_t uptime_ms) {
  uint8_t *payload = &link->config.plain[HIL_HEADER_SIZE];
  memset(payload, 0, GONE_SIZE);
  payload[0] = link->state == HIL_LINK_CLOSED ? link->gone_reason : (uint8_t)GONE_REPLACED;
  put32(&payload[4], uptime_ms);
  const header_t header = {HIL_GONE, 0, 0, 0, link->gone_session};
  return write_frame(link, wire, header, GONE_SIZE);
}

static size_t write_stream(hil_link_t *link, uint8_t *wire, uint32_t now_us) {
  uint8_t place = send_place(link, link->send_cursor);
  uint8_t number = (uint8_t)(link->send_base + link->send_cursor);
  if (link->send_cursor < link->send_sent) {
    link->counters.repeated++;
  }
  link->send_cursor++;
  if (link->send_cursor > link->send_sent) {
    link->send_sent = link->send_cursor;
  }
  size_t length = write_own(link, wire, (hil_kind_t)link->config.send_slots[place].kind, number,
                            &link->config.send_bytes[(size_t)place * link->config.send_payload_max],
                            link->config.send_slots[place].length);
  send_run_timer(link, now_us);
  return length;
}

static size_t write_of_session(hil_link_t *link, uint8_t *wire, uint32_t uptime_ms) {
  if (take_due(link, DUE_HELLO)) {
    return write_hello(link, wire);
  }
  if (take_due(link, DUE_WELCOME)) {
    return write_welcome(link, wire, uptime_ms);
  }
  if (take_due(link, DUE_REFUSE)) {
    return write_refuse(link, wire);
  }
  if (take_due(link, DUE_GONE)) {
    return write_gone(link, wire, uptime_ms);
  }
  if (!take_due(link, DUE_BYE)) {
    return 0;
  }
  size_t length = write_own(link, wire, HIL_BYE, 0, NULL, 0);
  receive_clear(link);
  link->gone_reason = GONE_ENDED;
  return length;
}

static void tick(hil_link_t *link, uint32_t now_us) {
  uint32_t first_us = link->config.resend_us;
  update_live(link, now_us);
  if (link->state == HIL_LINK_OPENING && timer_is_over(&link->hello_timer, now_us)) {
    set_due(link, DUE_HELLO);
    link->hello_timer.length_us = HELLO_US;
    timer_start(&link->hello_timer, now_us);
  }
  if (link->state != HIL_LINK_OPEN) {
    return;
  }
  if (timer_is_over(&link->request_timer, now_us)) {
    set_due(link, DUE_REQUEST);
    timer_double(&link->request_timer, first_us);
    timer_start(&link->request_timer, now_us);
  }
  bool is_nobody_there = link->config.role == HIL_BOARD && !link->is_live; /* SEQ-9 */
  if (timer_is_over(&link->send_timer, now_us) && !is_nobody_there) {
    link->send_cursor = 0;
    if (link->send_sent == 0) {
      set_due(link, DUE_POLL); /* CRD-4 */
    }
    timer_double(&link->send_timer, first_us);
    timer_start(&link->send_timer, now_us);
  }
  send_run_timer(link, now_us);
}

size_t hil_link_transmit(hil_link_t *link, uint8_t *wire, uint32_t now_us, uint32_t uptime_ms) {
  tick(link, now_us);
  size_t length = write_of_session(link, wire, uptime_ms);
  if (length > 0 || link->state != HIL_LINK_OPEN) {
    return length;
  }
  if (take_due(link, DUE_NAK)) {
    link->counters.naks++;
    return write_own(link, wire, HIL_NAK, 0, NULL, 0);
  }
  if (take_due(link, DUE_REQUEST)) {
    return write_own(link, wire, HIL_REQUEST, link->tag, link->request, link->request_length);
  }
  if (take_due(link, DUE_REPLY)) {
    return write_own(link, wire, HIL_REPLY, link->tag, link->reply, link->reply_length);
  }
  if (take_due(link, DUE_WORKING)) {
    return write_own(link, wire, HIL_WORKING, link->tag, link->request, link->request_length > 0 ? 1 : 0);
  }
  if (send_can(link)) {
    return write_stream(link, wire, now_us);
  }
  if (take_due(link, DUE_POLL)) {
    return write_own(link, wire, HIL_POLL, 0, NULL, 0);
  }
  return take_due(link, DUE_ACK) ? write_own(link, wire, HIL_ACK, 0, NULL, 0) : 0;
}

/* ---- The user's calls ---- */

void hil_link_begin(hil_link_t *link, const hil_link_config_t *config, const hil_identity_t *identity) {
  memset(link, 0, sizeof *link);
  link->config = *config;
  link->identity = identity;
  link->gone_reason = GONE_RESTARTED;
  forget(link);
}

void hil_link_open(hil_link_t *link, uint16_t session, uint32_t now_us) {
  forget(link);
  receive_clear(link);
  link->due = 0;
  link->session = session;
  link->state = HIL_LINK_OPENING;
  link->ended_by = HIL_END_NONE;
  link->hello_timer.length_us = 0;
  timer_start(&link->hello_timer, now_us);
  link->last_heard_us = now_us;
}

void hil_link_close(hil_link_t *link) {
  if (link->state != HIL_LINK_CLOSED) {
    forget(link);
    link->due = DUE_BYE;
  }
}

uint8_t hil_link_room(const hil_link_t *link) { return (uint8_t)(link->config.send_frames - link->send_count); }

hil_status_t hil_link_send(hil_link_t *link, hil_kind_t kind, const uint8_t *head, size_t head_count,
                           const uint8_t *body, size_t body_count) {
  size_t count = head_count + body_count;
  if (link->state == HIL_LINK_CLOSED || link->state == HIL_LINK_OPENING) {
    link->counters.dropped++;
    return HIL_OK;
  }
  if (count > link->peer_payload || count > link->config.send_payload_max) {
    return HIL_TOO_LONG;
  }
  if (hil_link_room(link) == 0) {
    return HIL_NO_ROOM;
  }
  uint8_t place = send_place(link, link->send_count);
  uint8_t *bytes = &link->config.send_bytes[(size_t)place * link->config.send_payload_max];
  if (head_count > 0) {
    memcpy(bytes, head, head_count);
  }
  if (body_count > 0) {
    memcpy(bytes + head_count, body, body_count);
  }
  link->config.send_slots[place].kind = (uint8_t)kind;
  link->config.send_slots[place].length = (uint16_t)count;
  link->send_count++;
  return HIL_OK;
}

const uint8_t *hil_link_first(const hil_link_t *link, uint8_t *kind, uint16_t *length) {
  if (link->receive_count == 0) {
    return NULL;
  }
  *kind = link->config.receive_slots[link->receive_start].kind;
  *length = link->config.receive_slots[link->receive_start].length;
  return &link->config.receive_bytes[(size_t)link->receive_start * link->config.payload_max];
}

void hil_link_drop(hil_link_t *link) {
  if (link->receive_count == 0) {
    return;
  }
  link->receive_start = (uint8_t)((link->receive_start + 1) % link->config.receive_frames);
  link->receive_count--;
  if (!is_ahead(link->grant_sent, link->expected)) {
    set_due(link, DUE_ACK); /* CRD-3 */
  }
}

hil_status_t hil_link_request(hil_link_t *link, const uint8_t *payload, size_t count, uint32_t now_us) {
  if (count == 0 || count > HIL_REQUEST_MAX) {
    return HIL_TOO_LONG;
  }
  if (link->config.role != HIL_HOST || link->state != HIL_LINK_OPEN || link->control == CONTROL_UNDER_WAY) {
    return HIL_WRONG_STATE;
  }
  memcpy(link->request, payload, count);
  link->request_length = (uint8_t)count;
  link->tag++;
  link->control = CONTROL_UNDER_WAY;
  set_due(link, DUE_REQUEST);
  timer_reset(&link->request_timer, link->config.resend_us);
  timer_start(&link->request_timer, now_us);
  return HIL_OK;
}

const uint8_t *hil_link_take_reply(hil_link_t *link, uint8_t *length) {
  if (link->config.role != HIL_HOST || link->control != CONTROL_ANSWERED) {
    return NULL;
  }
  link->control = CONTROL_DONE;
  *length = link->reply_length;
  return link->reply;
}

const uint8_t *hil_link_take_request(hil_link_t *link, uint8_t *length) {
  if (link->config.role != HIL_BOARD || link->control != CONTROL_WAITING) {
    return NULL;
  }
  link->control = CONTROL_UNDER_WAY;
  *length = link->request_length;
  return link->request;
}

void hil_link_reply(hil_link_t *link, const uint8_t *payload, size_t count) {
  if (link->control != CONTROL_UNDER_WAY || count < 2 || count > HIL_REPLY_MAX) {
    return;
  }
  memcpy(link->reply, payload, count);
  link->reply_length = (uint8_t)count;
  link->control = CONTROL_ANSWERED;
  clear_due(link, DUE_WORKING);
  set_due(link, DUE_REPLY);
}

void hil_link_ask_for_sign(hil_link_t *link) {
  if (link->state == HIL_LINK_OPEN) {
    set_due(link, DUE_POLL);
  }
}

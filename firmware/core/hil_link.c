/* Frames that come in, frames that go out, and what is due by time. Source: docs/protocol.md. */
#include "hil_link_parts.h"

#include <string.h>

#define HELLO_US 100000u

static void receive_in_session(hil_link_t *link, const hil_header_t *header, const uint8_t *payload, size_t count,
                               uint32_t now_us) {
  link->last_heard_us = now_us;
  link->is_live = true;
  bool is_news = hil_send_acknowledge(link, header->ack);
  if (hil_is_ahead(header->grant, link->send_grant)) {
    link->send_grant = header->grant;
    is_news = is_news || link->send_sent == 0;
  }
  if (is_news) {
    hil_timer_reset(&link->send_timer, link->config.resend_us);
  }
  switch (header->kind) {
    case HIL_NAK:
      hil_send_go_back(link);
      if (link->send_sent > 0) {
        hil_timer_start(&link->send_timer, now_us);
      }
      hil_repeat_control(link);
      break;
    case HIL_POLL:
      hil_set_due(link, HIL_DUE_ACK);
      break;
    case HIL_BYE:
      hil_end_session(link, HIL_END_ENDED);
      break;
    case HIL_REQUEST:
      hil_take_request(link, header->number, payload, count);
      break;
    case HIL_REPLY:
    case HIL_WORKING:
      hil_take_reply(link, header, payload, count);
      break;
    default:
      if ((header->kind & HIL_STREAM_BIT) != 0) {
        hil_take_message(link, header, payload, count);
      }
      break;
  }
}

static void receive_at_host(hil_link_t *link, const hil_header_t *header, const uint8_t *payload, size_t count,
                            uint32_t now_us) {
  bool is_of_opening = header->kind == HIL_WELCOME || header->kind == HIL_REFUSE || header->kind == HIL_GONE;
  if (header->session != link->session || link->state == HIL_LINK_CLOSED ||
      (link->state == HIL_LINK_OPENING && !is_of_opening)) {
    link->counters.foreign++;
    return;
  }
  switch (header->kind) {
    case HIL_WELCOME:
      hil_take_welcome(link, header, payload, count, now_us);
      break;
    case HIL_REFUSE:
      hil_take_refuse(link, payload, count);
      break;
    case HIL_GONE:
      hil_take_gone(link, payload, count);
      break;
    case HIL_HELLO:
    case HIL_REQUEST:
      break;
    default:
      receive_in_session(link, header, payload, count, now_us);
      break;
  }
}

static void receive_at_board(hil_link_t *link, const hil_header_t *header, const uint8_t *payload, size_t count,
                             uint32_t now_us) {
  switch (header->kind) {
    case HIL_HELLO:
      hil_take_hello(link, header, payload, count);
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
      hil_set_due(link, HIL_DUE_GONE);
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
  return hil_get32(&plain[*length]) == hil_crc32c(plain, *length);
}

static void end_of_frame(hil_link_t *link, uint32_t now_us) {
  size_t length = 0;
  if (!is_good(link, &length)) {
    link->counters.broken_frames++;
    if (link->state == HIL_LINK_OPEN) {
      hil_set_due(link, HIL_DUE_NAK); /* LNK-3 */
    }
    return;
  }
  const uint8_t *plain = link->config.plain;
  const hil_header_t header = {plain[0], plain[1], plain[2], plain[3], hil_get16(&plain[4])};
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
  hil_update_live(link, now_us);
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

size_t hil_write_frame(hil_link_t *link, uint8_t *wire, hil_header_t header, size_t payload_count) {
  uint8_t *plain = link->config.plain; /* the payload is there already */
  size_t length = HIL_HEADER_SIZE + payload_count;
  plain[0] = header.kind;
  plain[1] = header.number;
  plain[2] = header.ack;
  plain[3] = header.grant;
  hil_put16(&plain[4], header.session);
  hil_put32(&plain[length], hil_crc32c(plain, length));
  wire[0] = 0;
  size_t encoded = hil_cobs_encode(plain, length + HIL_CRC_SIZE, &wire[1]);
  wire[1 + encoded] = 0;
  return encoded + 2;
}

/* A frame of the session: LNK-1, LNK-5. */
size_t hil_write_own(hil_link_t *link, uint8_t *wire, hil_kind_t kind, uint8_t number, const uint8_t *payload,
                     size_t count) {
  if (count > 0) {
    memmove(&link->config.plain[HIL_HEADER_SIZE], payload, count);
  }
  link->grant_sent = hil_receive_grant(link);
  hil_clear_due(link, HIL_DUE_ACK);
  const hil_header_t header = {(uint8_t)kind, number, link->expected, link->grant_sent, link->session};
  return hil_write_frame(link, wire, header, count);
}

static void tick(hil_link_t *link, uint32_t now_us) {
  uint32_t first_us = link->config.resend_us;
  hil_update_live(link, now_us);
  if (link->state == HIL_LINK_OPENING && hil_timer_is_over(&link->hello_timer, now_us, 0)) {
    hil_set_due(link, HIL_DUE_HELLO);
    link->hello_timer.length_us = HELLO_US;
    hil_timer_start(&link->hello_timer, now_us);
  }
  if (link->state != HIL_LINK_OPEN) {
    return;
  }
  uint32_t wire_us = hil_send_wire_us(link, 0);
  uint32_t control_us = hil_send_wire_us(link, HIL_WIRE_MAX((size_t)link->request_length + HIL_REPLY_MAX));
  if (hil_timer_is_over(&link->request_timer, now_us, control_us)) {
    hil_set_due(link, HIL_DUE_REQUEST);
    hil_timer_double(&link->request_timer, first_us);
    hil_timer_start(&link->request_timer, now_us);
  }
  bool is_nobody_there = link->config.role == HIL_BOARD && !link->is_live; /* SEQ-9 */
  if (hil_timer_is_over(&link->send_timer, now_us, wire_us) && !is_nobody_there) {
    hil_send_go_back(link);
    if (link->send_sent == 0) {
      hil_set_due(link, HIL_DUE_POLL); /* CRD-4 */
    }
    hil_timer_double(&link->send_timer, first_us);
    hil_timer_start(&link->send_timer, now_us);
  }
  hil_send_run_timer(link, now_us);
}

size_t hil_link_transmit(hil_link_t *link, uint8_t *wire, uint32_t now_us, uint32_t uptime_ms) {
  tick(link, now_us);
  size_t length = hil_write_of_session(link, wire, uptime_ms);
  if (length > 0 || link->state != HIL_LINK_OPEN) {
    return length;
  }
  if (hil_take_due(link, HIL_DUE_NAK)) {
    link->counters.naks++;
    return hil_write_own(link, wire, HIL_NAK, 0, NULL, 0);
  }
  if (hil_take_due(link, HIL_DUE_REQUEST)) {
    return hil_write_own(link, wire, HIL_REQUEST, link->tag, link->request, link->request_length);
  }
  if (hil_take_due(link, HIL_DUE_REPLY)) {
    return hil_write_own(link, wire, HIL_REPLY, link->tag, link->reply, link->reply_length);
  }
  if (hil_take_due(link, HIL_DUE_WORKING)) {
    return hil_write_own(link, wire, HIL_WORKING, link->tag, link->request, link->request_length > 0 ? 1 : 0);
  }
  if (hil_send_can(link)) {
    return hil_write_stream(link, wire, now_us);
  }
  if (hil_take_due(link, HIL_DUE_POLL)) {
    return hil_write_own(link, wire, HIL_POLL, 0, NULL, 0);
  }
  return hil_take_due(link, HIL_DUE_ACK) ? hil_write_own(link, wire, HIL_ACK, 0, NULL, 0) : 0;
}

void hil_link_begin(hil_link_t *link, const hil_link_config_t *config, const hil_identity_t *identity) {
  memset(link, 0, sizeof *link);
  link->config = *config;
  link->identity = identity;
  link->gone_reason = HIL_GONE_RESTARTED;
  hil_forget_session(link);
}

void hil_link_open(hil_link_t *link, uint16_t session, uint32_t now_us) {
  hil_forget_session(link);
  hil_receive_clear(link);
  link->due = 0;
  link->session = session;
  link->state = HIL_LINK_OPENING;
  link->ended_by = HIL_END_NONE;
  link->hello_timer.length_us = 0;
  hil_timer_start(&link->hello_timer, now_us);
  link->last_heard_us = now_us;
}

void hil_link_close(hil_link_t *link) {
  if (link->state != HIL_LINK_CLOSED) {
    hil_forget_session(link);
    link->due = HIL_DUE_BYE;
  }
}

void hil_link_ask_for_sign(hil_link_t *link) {
  if (link->state == HIL_LINK_OPEN) {
    hil_set_due(link, HIL_DUE_POLL);
  }
}

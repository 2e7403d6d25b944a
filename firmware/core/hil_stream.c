/* The stream: frames with numbers, kept until they are acknowledged. Source: docs/protocol.md, SEQ and CRD. */
#include "hil_link_parts.h"

#include <string.h>

#define RETURNS_IN_FULL 2u

static uint8_t send_place(const hil_link_t *link, uint32_t offset) {
  return (uint8_t)((link->send_start + offset) % link->config.send_frames);
}

void hil_send_clear(hil_link_t *link, uint8_t grant) {
  link->send_start = link->send_count = link->send_sent = link->send_cursor = link->send_base = 0;
  link->send_grant = grant;
  link->send_limit = link->config.send_frames;
  link->send_returns = 0;
  hil_timer_reset(&link->send_timer, link->config.resend_us);
}

bool hil_send_can(const hil_link_t *link) {
  return link->send_cursor < link->send_count && link->send_cursor < link->send_limit &&
         hil_is_ahead(link->send_grant, (uint8_t)(link->send_base + link->send_cursor));
}

uint32_t hil_send_wire_us(const hil_link_t *link, size_t more) {
  size_t bytes = more;
  for (uint8_t i = 0; i < link->send_sent && i < link->send_limit; i++) {
    bytes += link->config.send_slots[send_place(link, i)].length + HIL_WIRE_MAX(0);
  }
  return 2u * (uint32_t)bytes * ((link->config.byte_ns + 999u) / 1000u);
}

bool hil_send_acknowledge(hil_link_t *link, uint8_t ack) {
  uint8_t news = (uint8_t)(ack - link->send_base);
  if (news == 0 || news > link->send_sent) {
    return false;
  }
  link->send_start = send_place(link, news);
  link->send_base = ack;
  link->send_count = (uint8_t)(link->send_count - news);
  link->send_sent = (uint8_t)(link->send_sent - news);
  link->send_cursor = (uint8_t)(link->send_cursor > news ? link->send_cursor - news : 0);
  link->send_returns = 0;
  uint32_t limit = (uint32_t)link->send_limit + news;
  link->send_limit = (uint8_t)(limit < link->config.send_frames ? limit : link->config.send_frames);
  return true;
}

/* All kept frames are sent again; where that did not help, only the first: SEQ-6, SEQ-10. */
void hil_send_go_back(hil_link_t *link) {
  link->send_cursor = 0;
  if (link->send_sent == 0) {
    return;
  }
  if (link->send_returns < RETURNS_IN_FULL) {
    link->send_returns++;
  } else {
    link->send_limit = 1;
  }
}

/* It runs while a frame is not acknowledged, or a message waits for a grant. */
void hil_send_run_timer(hil_link_t *link, uint32_t now_us) {
  bool is_waiting = link->send_count > link->send_sent && !hil_send_can(link);
  if (link->send_sent == 0 && !is_waiting) {
    hil_timer_reset(&link->send_timer, link->config.resend_us);
  } else if (!link->send_timer.is_running) {
    hil_timer_start(&link->send_timer, now_us);
  }
}

uint8_t hil_receive_grant(const hil_link_t *link) {
  return (uint8_t)(link->expected + link->config.receive_frames - link->receive_count);
}

void hil_receive_clear(hil_link_t *link) {
  link->receive_start = link->receive_count = link->expected = 0;
  link->has_seen_gap = false;
}

void hil_take_message(hil_link_t *link, const hil_header_t *header, const uint8_t *payload, size_t count) {
  if (header->number == link->expected && link->receive_count < link->config.receive_frames) {
    link->has_seen_gap = false;
    link->expected++;
    hil_set_due(link, HIL_DUE_ACK);
    if (header->kind > HIL_ECHOED) {
      link->counters.dropped++; /* FRM-4 */
      return;
    }
    uint8_t place = (uint8_t)((link->receive_start + link->receive_count) % link->config.receive_frames);
    memcpy(&link->config.receive_bytes[(size_t)place * link->config.payload_max], payload, count); /* FRM-3 holds */
    link->config.receive_slots[place].kind = header->kind;
    link->config.receive_slots[place].length = (uint16_t)count;
    link->receive_count++;
  } else if (hil_is_ahead(link->expected, header->number)) {
    link->counters.repetitions++;
    hil_set_due(link, HIL_DUE_ACK);
  } else if (!link->has_seen_gap) {
    link->has_seen_gap = true;
    hil_set_due(link, HIL_DUE_NAK);
  }
}

size_t hil_write_stream(hil_link_t *link, uint8_t *wire, uint32_t now_us) {
  uint8_t place = send_place(link, link->send_cursor);
  uint8_t number = (uint8_t)(link->send_base + link->send_cursor);
  if (link->send_cursor < link->send_sent) {
    link->counters.repeated++;
  }
  link->send_cursor++;
  if (link->send_cursor > link->send_sent) {
    link->send_sent = link->send_cursor;
  }
  size_t length = hil_write_own(link, wire, (hil_kind_t)link->config.send_slots[place].kind, number,
                            &link->config.send_bytes[(size_t)place * link->config.send_payload_max],
                            link->config.send_slots[place].length);
  hil_send_run_timer(link, now_us);
  return length;
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
  if (!hil_is_ahead(link->grant_sent, link->expected)) {
    hil_set_due(link, HIL_DUE_ACK); /* CRD-3 */
  }
}

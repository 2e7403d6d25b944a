/* How a session begins and ends. Source: docs/protocol.md, SES. */
#include "hil_link_parts.h"

#include <string.h>

#define HELLO_SIZE 16u
#define REFUSE_SIZE 12u
#define GONE_SIZE 8u
#define WELCOME_TEXT_AT 20u
#define WELCOME_TEXT_MAX 96u
#define PAYLOAD_MIN 64u
#define LIVE_US 1000000u

enum { REFUSED_VERSION = 1, REFUSED_BUSY = 2, REFUSED_LIMITS = 3 };

static const uint8_t magic[4] = {'H', 'I', 'L', 'B'};

void hil_forget_session(hil_link_t *link) {
  link->state = HIL_LINK_CLOSED;
  hil_clear_due(link, ~(uint32_t)(HIL_DUE_REFUSE | HIL_DUE_GONE));
  hil_send_clear(link, 0);
  hil_timer_reset(&link->request_timer, link->config.resend_us);
  link->hello_timer.is_running = false;
  link->control = HIL_CONTROL_IDLE;
  link->tag = 0;
  link->is_live = false;
  if (link->config.role == HIL_BOARD) {
    hil_receive_clear(link);
  }
}

void hil_end_session(hil_link_t *link, hil_session_end_t reason) {
  hil_forget_session(link);
  link->ended_by = reason;
  link->gone_reason = HIL_GONE_ENDED;
}

void hil_update_live(hil_link_t *link, uint32_t now_us) {
  if (link->is_live && now_us - link->last_heard_us >= LIVE_US) {
    link->is_live = false;
  }
}

static void refuse(hil_link_t *link, uint16_t session, uint8_t reason, uint32_t served) {
  link->refused_session = session;
  link->refuse_reason = reason;
  link->refused_for = served;
  hil_set_due(link, HIL_DUE_REFUSE);
}

void hil_take_hello(hil_link_t *link, const hil_header_t *header, const uint8_t *payload, size_t count) {
  if (count < HELLO_SIZE || memcmp(payload, magic, sizeof magic) != 0) {
    link->counters.malformed++;
    return;
  }
  if (payload[4] > HIL_LINK_VERSION || payload[5] < HIL_LINK_VERSION) {
    refuse(link, header->session, REFUSED_VERSION, 0);
    return;
  }
  uint16_t longest = hil_get16(&payload[8]);
  if (longest < PAYLOAD_MIN) {
    refuse(link, header->session, REFUSED_LIMITS, 0);
    return;
  }
  if (link->state != HIL_LINK_CLOSED && header->session == link->session) {
    hil_set_due(link, HIL_DUE_WELCOME); /* SES-5 */
    return;
  }
  bool takes_over = (payload[6] & 1u) != 0;
  if (link->state == HIL_LINK_OPEN && link->is_live && !takes_over) {
    refuse(link, header->session, REFUSED_BUSY, link->served_host);
    return;
  }
  hil_forget_session(link);
  link->session = header->session;
  link->served_host = hil_get32(&payload[10]);
  link->peer_payload = longest < HIL_PAYLOAD_MAX ? longest : HIL_PAYLOAD_MAX;
  hil_send_clear(link, header->grant);
  link->state = HIL_LINK_UNCONFIRMED;
  hil_set_due(link, HIL_DUE_WELCOME);
  link->session_number++;
}

void hil_take_welcome(hil_link_t *link, const hil_header_t *header, const uint8_t *payload, size_t count, uint32_t now_us) {
  if (link->state != HIL_LINK_OPENING) {
    return;
  }
  if (count < WELCOME_TEXT_AT || memcmp(payload, magic, sizeof magic) != 0 || payload[4] != HIL_LINK_VERSION ||
      hil_get16(&payload[8]) < PAYLOAD_MIN) {
    link->counters.malformed++;
    return;
  }
  uint16_t longest = hil_get16(&payload[8]);
  link->peer_features = hil_get16(&payload[6]);
  link->peer_payload = longest < HIL_PAYLOAD_MAX ? longest : HIL_PAYLOAD_MAX;
  link->state = HIL_LINK_OPEN;
  link->ended_by = HIL_END_NONE;
  link->last_heard_us = now_us;
  link->is_live = true;
  hil_send_clear(link, header->grant);
  link->due = HIL_DUE_ACK;
}

void hil_take_refuse(hil_link_t *link, const uint8_t *payload, size_t count) {
  if (link->state != HIL_LINK_OPENING) {
    return;
  }
  if (count < REFUSE_SIZE || memcmp(payload, magic, sizeof magic) != 0) {
    link->counters.malformed++;
    return;
  }
  link->served_host = hil_get32(&payload[8]);
  if (payload[6] == REFUSED_BUSY) {
    link->ended_by = HIL_END_REFUSED_BUSY;
    return;
  }
  hil_end_session(link, payload[6] == REFUSED_VERSION ? HIL_END_REFUSED_VERSION : HIL_END_REFUSED_LIMITS);
}

void hil_take_gone(hil_link_t *link, const uint8_t *payload, size_t count) {
  if (link->state != HIL_LINK_OPEN) {
    return;
  }
  if (count < GONE_SIZE) {
    link->counters.malformed++;
    return;
  }
  link->peer_uptime_ms = hil_get32(&payload[4]);
  hil_end_session(link, payload[0] == HIL_GONE_RESTARTED  ? HIL_END_RESTARTED
                    : payload[0] == HIL_GONE_REPLACED ? HIL_END_REPLACED
                                                  : HIL_END_ENDED);
}

static size_t write_hello(hil_link_t *link, uint8_t *wire) {
  uint8_t payload[HELLO_SIZE] = {0};
  memcpy(payload, magic, sizeof magic);
  payload[4] = payload[5] = HIL_LINK_VERSION;
  payload[6] = link->config.takes_over ? 1 : 0;
  hil_put16(&payload[8], link->config.payload_max);
  hil_put32(&payload[10], link->config.host_id);
  return hil_write_own(link, wire, HIL_HELLO, 0, payload, sizeof payload);
}

static size_t write_welcome(hil_link_t *link, uint8_t *wire, uint32_t uptime_ms) {
  uint8_t payload[WELCOME_TEXT_AT + WELCOME_TEXT_MAX] = {0};
  return hil_write_own(link, wire, HIL_WELCOME, 0, payload,
                   hil_link_describe(link->identity, link->config.payload_max, uptime_ms, payload));
}

size_t hil_link_describe(const hil_identity_t *identity, uint16_t payload_max, uint32_t uptime_ms, uint8_t *payload) {
  const char *texts[3] = {identity->name, identity->version, identity->serial};
  size_t length = WELCOME_TEXT_AT;
  memcpy(payload, magic, sizeof magic);
  payload[4] = HIL_LINK_VERSION;
  payload[5] = 0;
  hil_put16(&payload[6], identity->features);
  hil_put16(&payload[8], payload_max);
  hil_put16(&payload[10], 0);
  hil_put32(&payload[12], identity->clock_khz);
  hil_put32(&payload[16], uptime_ms);
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
  hil_put32(&payload[8], link->refused_for);
  const hil_header_t header = {HIL_REFUSE, 0, 0, 0, link->refused_session};
  return hil_write_frame(link, wire, header, REFUSE_SIZE);
}

static size_t write_gone(hil_link_t *link, uint8_t *wire, uint32_t uptime_ms) {
  uint8_t *payload = &link->config.plain[HIL_HEADER_SIZE];
  memset(payload, 0, GONE_SIZE);
  payload[0] = link->state == HIL_LINK_CLOSED ? link->gone_reason : (uint8_t)HIL_GONE_REPLACED;
  hil_put32(&payload[4], uptime_ms);
  const hil_header_t header = {HIL_GONE, 0, 0, 0, link->gone_session};
  return hil_write_frame(link, wire, header, GONE_SIZE);
}

size_t hil_write_of_session(hil_link_t *link, uint8_t *wire, uint32_t uptime_ms) {
  if (hil_take_due(link, HIL_DUE_HELLO)) {
    return write_hello(link, wire);
  }
  if (hil_take_due(link, HIL_DUE_WELCOME)) {
    return write_welcome(link, wire, uptime_ms);
  }
  if (hil_take_due(link, HIL_DUE_REFUSE)) {
    return write_refuse(link, wire);
  }
  if (hil_take_due(link, HIL_DUE_GONE)) {
    return write_gone(link, wire, uptime_ms);
  }
  if (!hil_take_due(link, HIL_DUE_BYE)) {
    return 0;
  }
  size_t length = hil_write_own(link, wire, HIL_BYE, 0, NULL, 0);
  hil_receive_clear(link);
  link->gone_reason = HIL_GONE_ENDED;
  return length;
}

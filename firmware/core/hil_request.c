/* Requests and replies, one at a time. Source: docs/protocol.md, REQ. */
#include "hil_link_parts.h"

#include <string.h>

enum { STATUS_MALFORMED = 2 };

void hil_take_request(hil_link_t *link, uint8_t tag, const uint8_t *payload, size_t count) {
  if (link->control != HIL_CONTROL_IDLE && tag == link->tag) {
    hil_set_due(link, link->control == HIL_CONTROL_ANSWERED ? HIL_DUE_REPLY : HIL_DUE_WORKING);
    return;
  }
  if (tag != (uint8_t)(link->tag + 1) || link->control == HIL_CONTROL_WAITING || link->control == HIL_CONTROL_UNDER_WAY) {
    return;
  }
  link->tag = tag;
  hil_clear_due(link, HIL_DUE_REPLY);
  if (count >= 1 && count <= HIL_REQUEST_MAX) {
    memcpy(link->request, payload, count);
    link->request_length = (uint8_t)count;
    link->control = HIL_CONTROL_WAITING;
    return;
  }
  uint8_t malformed[2] = {count > 0 ? payload[0] : (uint8_t)0, STATUS_MALFORMED};
  link->counters.malformed++;
  link->request_length = 0;
  link->control = HIL_CONTROL_UNDER_WAY;
  hil_link_reply(link, malformed, sizeof malformed);
}

void hil_take_reply(hil_link_t *link, const hil_header_t *header, const uint8_t *payload, size_t count) {
  if (link->control != HIL_CONTROL_UNDER_WAY || header->number != link->tag || header->kind == HIL_WORKING) {
    return;
  }
  if (count < 2 || count > HIL_REPLY_MAX) {
    link->counters.malformed++;
    return;
  }
  memcpy(link->reply, payload, count);
  link->reply_length = (uint8_t)count;
  link->control = HIL_CONTROL_ANSWERED;
  hil_timer_reset(&link->request_timer, link->config.resend_us);
  hil_clear_due(link, HIL_DUE_REQUEST);
}

void hil_repeat_control(hil_link_t *link) {
  if (link->config.role == HIL_HOST && link->control == HIL_CONTROL_UNDER_WAY) {
    hil_set_due(link, HIL_DUE_REQUEST);
  } else if (link->config.role == HIL_BOARD && link->control == HIL_CONTROL_ANSWERED) {
    hil_set_due(link, HIL_DUE_REPLY);
  }
}

hil_status_t hil_link_request(hil_link_t *link, const uint8_t *payload, size_t count, uint32_t now_us) {
  if (count == 0 || count > HIL_REQUEST_MAX) {
    return HIL_TOO_LONG;
  }
  if (link->config.role != HIL_HOST || link->state != HIL_LINK_OPEN || link->control == HIL_CONTROL_UNDER_WAY) {
    return HIL_WRONG_STATE;
  }
  memcpy(link->request, payload, count);
  link->request_length = (uint8_t)count;
  link->tag++;
  link->control = HIL_CONTROL_UNDER_WAY;
  hil_set_due(link, HIL_DUE_REQUEST);
  hil_timer_reset(&link->request_timer, link->config.resend_us);
  hil_timer_start(&link->request_timer, now_us);
  return HIL_OK;
}

const uint8_t *hil_link_take_reply(hil_link_t *link, uint8_t *length) {
  if (link->config.role != HIL_HOST || link->control != HIL_CONTROL_ANSWERED) {
    return NULL;
  }
  link->control = HIL_CONTROL_DONE;
  *length = link->reply_length;
  return link->reply;
}

const uint8_t *hil_link_take_request(hil_link_t *link, uint8_t *length) {
  if (link->config.role != HIL_BOARD || link->control != HIL_CONTROL_WAITING) {
    return NULL;
  }
  link->control = HIL_CONTROL_UNDER_WAY;
  *length = link->request_length;
  return link->request;
}

void hil_link_reply(hil_link_t *link, const uint8_t *payload, size_t count) {
  if (link->control != HIL_CONTROL_UNDER_WAY || count < 2 || count > HIL_REPLY_MAX) {
    return;
  }
  memcpy(link->reply, payload, count);
  link->reply_length = (uint8_t)count;
  link->control = HIL_CONTROL_ANSWERED;
  hil_clear_due(link, HIL_DUE_WORKING);
  hil_set_due(link, HIL_DUE_REPLY);
}

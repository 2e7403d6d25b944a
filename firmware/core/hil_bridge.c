#include "hil_bridge.h"

#include "hil_bytes.h"
#include "hil_text.h"

#include <string.h>

#define OPEN_US 3000000u  /* docs/protocol.md, states of the host: opening */
#define LOST_US 2000000u  /* nothing heard */
#define ASK_US 250000u    /* a sign of life is asked for */
#define TURN_US 5000u     /* a turn takes far less */
#define RETRY_US 1000000u /* what refused us is tried again */
#define RESTART_US 200000u
#define CHUNK 256u
#define FRAMES_AT_ONCE 4u
#define TELL_EVERY 256u /* requests that were passed on: a sign of life on the debug port */

enum { RESTART_NO, RESTART_ANSWERED, RESTART_BYE };

void hil_bridge_begin(hil_bridge_t *bridge, const hil_bridge_config_t *config, const hil_port_t *port,
                      hil_board_t *board) {
  memset(bridge, 0, sizeof *bridge);
  bridge->port = port;
  bridge->board = board;
  bridge->identity = config->identity;
  bridge->out[HIL_LINE_HOST].wire = config->wire[HIL_LINE_HOST];
  bridge->out[HIL_LINE_BEHIND].wire = config->wire[HIL_LINE_BEHIND];
  bridge->last_us = port->now_us(port->board);
  hil_link_begin(&bridge->host, &config->host, config->identity);
  hil_link_begin(&bridge->behind, &config->behind, NULL);
}

/* ---- Requests of the host ---- */

static void reply_why(hil_bridge_t *bridge, hil_reply_status_t status, const char *why) {
  uint8_t reply[HIL_REPLY_MAX] = {bridge->request[0], (uint8_t)status};
  size_t count = hil_text_length(why);
  count = count > HIL_REPLY_MAX - 4u ? HIL_REPLY_MAX - 4u : count;
  memcpy(&reply[4], why, count);
  bridge->request_length = 0;
  hil_link_reply(&bridge->host, reply, 4u + count);
}

static void answer_describe(hil_bridge_t *bridge) {
  uint8_t reply[HIL_REPLY_MAX] = {HIL_OP_DESCRIBE, HIL_REPLY_DONE};
  size_t count = hil_link_describe(bridge->identity, bridge->host.config.payload_max, bridge->uptime_ms, &reply[2]);
  hil_link_reply(&bridge->host, reply, 2u + count);
}

static void answer_counters(hil_bridge_t *bridge) {
  const hil_counters_t *seen = &bridge->host.counters;
  const uint32_t values[8] = {seen->frames,      seen->broken_frames, seen->naks,    seen->repeated,
                              seen->repetitions, seen->foreign,       seen->dropped, seen->malformed};
  uint8_t reply[2 + sizeof values] = {HIL_OP_COUNTERS, HIL_REPLY_DONE};
  for (size_t i = 0; i < 8; i++) {
    hil_put32(&reply[2u + 4u * i], values[i]);
  }
  hil_link_reply(&bridge->host, reply, sizeof reply);
}

/* True: it is for what lies behind. Else it is answered, now or by board control. */
static bool begin_request(hil_bridge_t *bridge, const uint8_t *request, uint8_t count, uint32_t now_us) {
  uint8_t malformed[2] = {request[0], HIL_REPLY_MALFORMED};
  switch (request[0]) {
    case HIL_OP_RESET:
    case HIL_OP_RUN:
      return true;
    case HIL_OP_DESCRIBE:
      if (count < 2 || request[1] > 1) {
        hil_link_reply(&bridge->host, malformed, sizeof malformed);
      } else if (request[1] == 1) {
        return true;
      } else {
        answer_describe(bridge);
      }
      return false;
    case HIL_OP_COUNTERS:
      answer_counters(bridge);
      return false;
    default:
      hil_board_request(bridge->board, request, count, now_us);
      return false;
  }
}

static void tell_passed(const hil_bridge_t *bridge) {
  char line[48];
  hil_text_t text = hil_text_begin(line, sizeof line);
  hil_text_add_unsigned(&text, bridge->passed_on, 10);
  hil_text_add(&text, " requests passed on");
  bridge->port->log(bridge->port->board, line);
}

static void pass_on(hil_bridge_t *bridge, uint32_t now_us) {
  static const uint8_t describe[2] = {HIL_OP_DESCRIBE, 0};
  bool is_describe = bridge->request[0] == HIL_OP_DESCRIBE;
  if (bridge->behind_state == HIL_BEHIND_LOST) {
    reply_why(bridge, HIL_REPLY_NOTHING_BEHIND, bridge->why_lost);
  } else if (bridge->needs_reset && bridge->request[0] == HIL_OP_RUN) {
    reply_why(bridge, HIL_REPLY_NOTHING_BEHIND, "the link behind was lost; RESET first");
  } else if (bridge->behind_state == HIL_BEHIND_OPEN) {
    const uint8_t *request = is_describe ? describe : bridge->request;
    size_t count = is_describe ? sizeof describe : bridge->request_length;
    bridge->is_passed_on = hil_link_request(&bridge->behind, request, count, now_us) == HIL_OK;
    bridge->passed_on += bridge->is_passed_on ? 1u : 0u;
    if (bridge->is_passed_on && bridge->passed_on % TELL_EVERY == 0) {
      tell_passed(bridge);
    }
  }
}

static void pass_reply(hil_bridge_t *bridge) {
  uint8_t count = 0;
  const uint8_t *reply = hil_link_take_reply(&bridge->behind, &count);
  if (reply == NULL) {
    return;
  }
  if (bridge->request[0] == HIL_OP_RESET && reply[1] == HIL_REPLY_DONE) {
    bridge->needs_reset = false;
  }
  bridge->request_length = 0;
  hil_link_reply(&bridge->host, reply, count);
}

static void relay_requests(hil_bridge_t *bridge, uint32_t now_us) {
  uint8_t count = 0;
  const uint8_t *own = NULL;
  size_t own_count = 0;
  const uint8_t *request = hil_link_take_request(&bridge->host, &count);
  if (request != NULL && begin_request(bridge, request, count, now_us)) {
    bridge->request = request; /* stays there until it is answered */
    bridge->request_length = count;
    bridge->is_passed_on = false;
  }
  if (bridge->request_length > 0 && !bridge->is_passed_on) {
    pass_on(bridge, now_us);
  }
  if (bridge->request_length > 0 && bridge->is_passed_on) {
    pass_reply(bridge);
  }
  if (hil_board_take_reply(bridge->board, &own, &own_count)) {
    hil_link_reply(&bridge->host, own, own_count);
    if (bridge->board->is_restart_due && bridge->restart_step == RESTART_NO) {
      bridge->restart_step = RESTART_ANSWERED;
      bridge->restart_us = now_us;
    }
  }
}

/* ---- Messages ---- */

static bool passes(hil_kind_t kind, bool is_to_host) {
  if (is_to_host) {
    return kind == HIL_TLP || kind == HIL_ECHOED || kind == HIL_EVENT || kind == HIL_LOG;
  }
  return kind == HIL_TLP || kind == HIL_ECHO;
}

/* Takes a message only when there is room for it on the other side: so grants reach through. */
static void relay(hil_link_t *from, hil_link_t *to, bool is_to_host) {
  uint8_t kind = 0;
  uint16_t count = 0;
  const uint8_t *payload = NULL;
  while ((payload = hil_link_first(from, &kind, &count)) != NULL) {
    if (passes((hil_kind_t)kind, is_to_host)) {
      hil_status_t status = hil_link_send(to, (hil_kind_t)kind, payload, count, NULL, 0);
      if (status == HIL_NO_ROOM) {
        return;
      }
      to->counters.dropped += status == HIL_OK ? 0u : 1u;
    } else {
      from->counters.dropped++;
    }
    hil_link_drop(from);
  }
}

static void relay_messages(hil_bridge_t *bridge) {
  const hil_saying_t *saying = NULL;
  while ((saying = hil_board_first_saying(bridge->board)) != NULL) {
    hil_kind_t kind = (hil_kind_t)saying->kind;
    if (hil_link_send(&bridge->host, kind, saying->payload, saying->length, NULL, 0) == HIL_NO_ROOM) {
      break;
    }
    hil_board_drop_saying(bridge->board);
  }
  if (bridge->behind_state != HIL_BEHIND_OPENING) {
    relay(&bridge->host, &bridge->behind, false); /* with nobody there they are dropped and counted */
  }
  relay(&bridge->behind, &bridge->host, true);
}

/* ---- The session behind ---- */

static void open_behind(hil_bridge_t *bridge, hil_behind_t state, uint32_t now_us) {
  bridge->behind_session = bridge->behind_session == 0xFFFFu ? 1u : (uint16_t)(bridge->behind_session + 1u);
  hil_link_open(&bridge->behind, bridge->behind_session, now_us);
  bridge->behind_state = state;
  bridge->behind_us = bridge->tried_us = now_us;
}

static void lose_behind(hil_bridge_t *bridge, const char *why, uint32_t now_us) {
  bool was_open = bridge->behind_state == HIL_BEHIND_OPEN;
  bridge->why_lost = why;
  open_behind(bridge, HIL_BEHIND_LOST, now_us);
  bridge->needs_reset = true;
  if (was_open) {
    hil_board_happen(bridge->board, HIL_CODE_LOST_BEHIND, 0, why, true);
  }
  if (bridge->request_length > 0) {
    reply_why(bridge, HIL_REPLY_NOTHING_BEHIND, why);
  }
}

static const char *why_ended(hil_session_end_t end) {
  switch (end) {
    case HIL_END_REFUSED_VERSION:
      return "what lies behind speaks another protocol version";
    case HIL_END_REFUSED_LIMITS:
      return "what lies behind refuses the bridge's limits";
    case HIL_END_RESTARTED:
      return "what lies behind restarted";
    case HIL_END_REPLACED:
      return "another host took over what lies behind";
    default:
      return "what lies behind ended the session";
  }
}

static void watch_open(hil_bridge_t *bridge, uint32_t now_us) {
  uint32_t silent_us = now_us - bridge->behind.last_heard_us;
  if (bridge->behind.state != HIL_LINK_OPEN) {
    lose_behind(bridge, why_ended(bridge->behind.ended_by), now_us);
  } else if (silent_us >= LOST_US) {
    lose_behind(bridge, "what lies behind is silent", now_us);
  } else if (silent_us >= ASK_US && now_us - bridge->asked_us >= ASK_US) {
    bridge->asked_us = now_us;
    hil_link_ask_for_sign(&bridge->behind);
  }
}

static void watch_opening(hil_bridge_t *bridge, uint32_t now_us) {
  hil_session_end_t end = bridge->behind.ended_by;
  if (bridge->behind.state == HIL_LINK_OPEN) {
    if (bridge->behind_state == HIL_BEHIND_LOST) {
      hil_board_happen(bridge->board, HIL_CODE_BACK_BEHIND, 0, "what lies behind answers again", false);
    }
    bridge->behind_state = HIL_BEHIND_OPEN;
    bridge->behind_us = now_us;
  } else if (bridge->behind_state == HIL_BEHIND_OPENING) {
    if (bridge->behind.state == HIL_LINK_CLOSED) {
      lose_behind(bridge, why_ended(end), now_us);
    } else if (now_us - bridge->behind_us >= OPEN_US) {
      lose_behind(bridge, "what lies behind does not answer", now_us);
    }
  } else if (bridge->behind.state == HIL_LINK_CLOSED && now_us - bridge->tried_us >= RETRY_US) {
    open_behind(bridge, HIL_BEHIND_LOST, now_us);
  }
}

static void watch_sessions(hil_bridge_t *bridge, uint32_t now_us) {
  if (bridge->host.session_number != bridge->sessions) {
    bridge->sessions = bridge->host.session_number;
    bridge->request_length = 0;
    bridge->passed_on = 0;
    bridge->needs_reset = false;
    bridge->port->log(bridge->port->board, "a host opened a session");
    hil_board_begin_session(bridge->board);
    open_behind(bridge, HIL_BEHIND_OPENING, now_us);
  } else if (bridge->host.state == HIL_LINK_CLOSED && bridge->behind_state != HIL_BEHIND_NONE) {
    hil_link_close(&bridge->behind);
    bridge->behind_state = HIL_BEHIND_NONE;
    bridge->request_length = 0;
  }
  if (bridge->behind_state == HIL_BEHIND_OPEN) {
    watch_open(bridge, now_us);
  } else if (bridge->behind_state != HIL_BEHIND_NONE) {
    watch_opening(bridge, now_us);
  }
}

/* ---- Bytes ---- */

static hil_link_t *link_of(hil_bridge_t *bridge, hil_line_t line) {
  return line == HIL_LINE_HOST ? &bridge->host : &bridge->behind;
}

static bool receive(hil_bridge_t *bridge, hil_line_t line, uint32_t now_us) {
  uint8_t bytes[CHUNK];
  size_t count = bridge->port->read(bridge->port->board, line, bytes, sizeof bytes);
  if (count > 0) {
    hil_link_receive(link_of(bridge, line), bytes, count, now_us);
  }
  return count > 0;
}

typedef enum hil_sent { SENT_NOTHING, SENT_ALL, SENT_SOME, SENT_STUCK } hil_sent_t;

static hil_sent_t transmit(hil_bridge_t *bridge, hil_line_t line, uint32_t now_us) {
  hil_outgoing_t *out = &bridge->out[line];
  for (unsigned frames = 0; frames < FRAMES_AT_ONCE; frames++) {
    if (out->sent < out->length) {
      out->sent += bridge->port->write(bridge->port->board, line, &out->wire[out->sent], out->length - out->sent);
      if (out->sent < out->length) {
        return SENT_STUCK; /* the line takes no more now */
      }
    }
    out->sent = 0;
    out->length = hil_link_transmit(link_of(bridge, line), out->wire, now_us, bridge->uptime_ms);
    if (out->length == 0) {
      return frames == 0 ? SENT_NOTHING : SENT_ALL;
    }
  }
  return SENT_SOME;
}

static bool is_all_out(hil_sent_t sent) { return sent == SENT_NOTHING || sent == SENT_ALL; }

/* REBOOT: the reply goes out, then BYE to both sides, then the board starts anew, whether anybody heard it or not. */
static void restart(hil_bridge_t *bridge, bool is_out, uint32_t now_us) {
  const hil_port_t *port = bridge->port;
  bool is_late = now_us - bridge->restart_us >= RESTART_US;
  bool is_sent = port->is_sent(port->board, HIL_LINE_HOST) && port->is_sent(port->board, HIL_LINE_BEHIND);
  switch (bridge->restart_step) {
    case RESTART_ANSWERED:
      if (is_late || is_out) {
        hil_link_close(&bridge->host);
        hil_link_close(&bridge->behind);
        bridge->behind_state = HIL_BEHIND_NONE;
        bridge->restart_step = RESTART_BYE;
        bridge->restart_us = now_us;
      }
      break;
    case RESTART_BYE:
      if (is_late || (is_out && is_sent)) {
        port->restart(port->board);
      }
      break;
    default:
      break;
  }
}

/* A bridge that stood still (the erasure of a flash sector, a debugger, an emulator without a processor) has not listened:
 * that is no silence of the other end. */
static uint32_t keep_time(hil_bridge_t *bridge) {
  uint32_t now_us = bridge->port->now_us(bridge->port->board);
  uint32_t passed_us = now_us - bridge->last_us;
  bridge->behind.last_heard_us += passed_us > TURN_US ? passed_us - TURN_US : 0;
  bridge->last_us = now_us;
  bridge->rest_us += passed_us;
  bridge->uptime_ms += bridge->rest_us / 1000u;
  bridge->rest_us %= 1000u;
  return now_us;
}

bool hil_bridge_poll(hil_bridge_t *bridge) {
  uint32_t now_us = keep_time(bridge);
  bool has_moved = false;
  if (bridge->restart_step != RESTART_BYE) { /* a session opened now would not live */
    has_moved = receive(bridge, HIL_LINE_HOST, now_us);
    has_moved = receive(bridge, HIL_LINE_BEHIND, now_us) || has_moved;
  }
  hil_board_poll(bridge->board, now_us, bridge->uptime_ms);
  watch_sessions(bridge, now_us);
  relay_requests(bridge, now_us);
  relay_messages(bridge);
  hil_sent_t to_host = transmit(bridge, HIL_LINE_HOST, now_us);
  hil_sent_t to_behind = transmit(bridge, HIL_LINE_BEHIND, now_us);
  hil_watchdog_saw(&bridge->watchdog, HIL_PART_LINES);
  if (bridge->board->measured_us != bridge->last_measured_us) {
    bridge->last_measured_us = bridge->board->measured_us;
    hil_watchdog_saw(&bridge->watchdog, HIL_PART_SENSORS);
  }
  restart(bridge, is_all_out(to_host) && is_all_out(to_behind), now_us);
  if (hil_watchdog_is_due(&bridge->watchdog)) {
    bridge->port->feed_watchdog(bridge->port->board);
  }
  return has_moved || to_host == SENT_ALL || to_host == SENT_SOME || to_behind == SENT_ALL || to_behind == SENT_SOME;
}

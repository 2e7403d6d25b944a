#include "hil_board_parts.h"

#include <string.h>

#define EVENT_HEAD 6u
#define LOG_HEAD 5u
#define GOOD_STRIKES 2u /* polls in a row: a glitch on the line is not the end of the run */

void hil_board_begin(hil_board_t *board, const hil_port_t *port, const hil_board_plan_t *plan, hil_faults_t *faults,
                     bool was_bitten) {
  memset(board, 0, sizeof *board);
  board->port = port;
  board->plan = plan;
  board->faults = faults;
  board->was_bitten = was_bitten;
  board->begun_us = port->now_us(port->board);
  board->is_perst_released = true; /* so that it is driven low now, whatever it was */
  board->is_refclk_on = true;
  hil_board_switch_off(board);
  board->is_present = port->is_device_present(port->board);
  hil_sensors_begin(board);
}

void hil_board_begin_session(hil_board_t *board) {
  board->say_start = board->say_count = 0;
  board->tell_every_us = 0;
  board->reply_length = 0;
  if (board->order != 0) {
    /* Nobody waits for it any more; rails half way up are not left so. */
    if (board->power == HIL_POWER_RISING) {
      hil_board_switch_off(board);
    }
    board->order = 0;
  }
  if (board->was_bitten) {
    hil_board_happen(board, HIL_CODE_WATCHDOG, 0, "the watchdog bit before this start", false);
  }
}

/* ---- Safe states ---- */

void hil_board_assert_perst(hil_board_t *board) {
  if (board->is_perst_released) {
    board->is_perst_released = false;
    board->port->set_perst_n(board->port->board, false);
  }
}

void hil_board_switch_off(hil_board_t *board) {
  const hil_port_t *port = board->port;
  hil_board_assert_perst(board);
  if (board->is_refclk_on) {
    board->is_refclk_on = false;
    port->set_refclk(port->board, false);
  }
  for (uint8_t rail = board->plan->rail_count; rail > 0; rail--) {
    port->set_rail(port->board, (uint8_t)(rail - 1u), false);
  }
  board->power = HIL_POWER_OFF;
}

void hil_board_fail_safe(hil_board_t *board, hil_code_t code, uint8_t detail, const char *text) {
  hil_board_switch_off(board);
  board->fault = (uint16_t)code;
  hil_board_happen(board, code, detail, text, true);
  if (board->order != 0) {
    hil_board_answer_why(board, board->order, HIL_REPLY_FAILED, detail, text);
  }
}

/* ---- What is told ---- */

void hil_board_say(hil_board_t *board, hil_kind_t kind, const uint8_t *head, size_t head_count, const char *text) {
  size_t count = hil_text_length(text);
  if (board->say_count == HIL_SAY_MAX) {
    return; /* the host takes nothing: the fault log has what matters */
  }
  hil_saying_t *saying = &board->sayings[(board->say_start + board->say_count) % HIL_SAY_MAX];
  count = count > HIL_SAY_SIZE - head_count ? HIL_SAY_SIZE - head_count : count;
  memcpy(saying->payload, head, head_count);
  memcpy(&saying->payload[head_count], text, count);
  saying->kind = (uint8_t)kind;
  saying->length = (uint8_t)(head_count + count);
  board->say_count++;
}

const hil_saying_t *hil_board_first_saying(const hil_board_t *board) {
  return board->say_count == 0 ? NULL : &board->sayings[board->say_start];
}

void hil_board_drop_saying(hil_board_t *board) {
  if (board->say_count > 0) {
    board->say_start = (uint8_t)((board->say_start + 1u) % HIL_SAY_MAX);
    board->say_count--;
  }
}

void hil_board_happen(hil_board_t *board, hil_code_t code, uint32_t detail, const char *text, bool is_fault) {
  uint8_t head[EVENT_HEAD];
  hil_put16(head, (uint32_t)code);
  hil_put32(&head[2], detail);
  if (is_fault) {
    hil_faults_add(board->faults, code, board->uptime_ms, text);
  }
  hil_board_say(board, HIL_EVENT, head, sizeof head, text);
  board->port->log(board->port->board, text);
}

void hil_board_log(hil_board_t *board, hil_severity_t severity, const char *line) {
  uint8_t head[LOG_HEAD];
  head[0] = (uint8_t)severity;
  hil_put32(&head[1], board->uptime_ms);
  board->port->log(board->port->board, line);
  if (board->say_count < HIL_SAY_MAX / 2u) {
    hil_board_say(board, HIL_LOG, head, sizeof head, line); /* the other half is for events */
  }
}

/* ---- What goes on ---- */

static void watch_presence(hil_board_t *board) {
  bool is_present = board->port->is_device_present(board->port->board);
  if (is_present != board->is_present) {
    board->is_present = is_present;
    const char *text = is_present ? "a device came" : "the device went away";
    hil_board_happen(board, HIL_CODE_PRESENCE, is_present ? 1u : 0u, text, false);
  }
}

static void watch_power_good(hil_board_t *board) {
  const hil_port_t *port = board->port;
  for (uint8_t rail = 0; rail < board->plan->rail_count; rail++) {
    if (!port->is_rail_good(port->board, rail)) {
      if (++board->good_strikes >= GOOD_STRIKES) {
        char line[HIL_FAULT_TEXT_MAX];
        hil_text_t text = hil_text_begin(line, sizeof line);
        hil_text_add(&text, board->plan->rails[rail].name);
        hil_text_add(&text, " is not good any more");
        hil_board_fail_safe(board, HIL_CODE_OUTSIDE_WINDOW, rail, line);
      }
      return;
    }
  }
  board->good_strikes = 0;
}

void hil_board_poll(hil_board_t *board, uint32_t now_us, uint32_t uptime_ms) {
  board->uptime_ms = uptime_ms;
  watch_presence(board);
  if (board->power == HIL_POWER_ON) {
    watch_power_good(board);
  }
  hil_sensors_poll(board, now_us);
  hil_board_go_on(board, now_us);
  if (board->tell_every_us != 0 && now_us - board->told_us >= board->tell_every_us) {
    board->told_us = now_us;
    hil_sensors_tell(board);
  }
}

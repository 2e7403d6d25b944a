/* What the host asks of board control. Source: docs/protocol.md, "Control". */
#include "hil_board_parts.h"

#include <string.h>

#define POWER_STABLE_US 100000u /* PCIe CEM, T_PVPERL: power stable to PERST# inactive */
#define CLOCK_STABLE_US 100u    /* PCIe CEM, T_PERST-CLK: reference clock stable to PERST# inactive */
#define RESULTS_AT 2u
#define WHY_AT 4u

void hil_board_answer(hil_board_t *board, uint8_t operation, hil_reply_status_t status, size_t result_count) {
  board->order = 0;
  board->reply[0] = operation;
  board->reply[1] = (uint8_t)status;
  board->reply_length = (uint8_t)(RESULTS_AT + result_count);
}

void hil_board_answer_why(hil_board_t *board, uint8_t operation, hil_reply_status_t status, uint8_t detail,
                          const char *text) {
  size_t count = hil_text_length(text);
  count = count > HIL_REPLY_MAX - WHY_AT ? HIL_REPLY_MAX - WHY_AT : count;
  hil_put16(&board->reply[RESULTS_AT], detail);
  memcpy(&board->reply[WHY_AT], text, count);
  hil_board_answer(board, operation, status, WHY_AT - RESULTS_AT + count);
}

bool hil_board_take_reply(hil_board_t *board, const uint8_t **reply, size_t *count) {
  if (board->reply_length == 0) {
    return false;
  }
  *reply = board->reply;
  *count = board->reply_length;
  board->reply_length = 0;
  return true;
}

/* ---- Switches ---- */

static void raise_rail(hil_board_t *board, uint8_t rail, uint32_t now_us) {
  board->rail = rail;
  board->rail_us = now_us;
  board->port->set_rail(board->port->board, rail, true);
}

static void order_power(hil_board_t *board, bool is_on, uint32_t now_us) {
  if (!is_on) {
    hil_board_switch_off(board);
    hil_board_log(board, HIL_INFORMATION, "rails off");
    hil_board_answer(board, HIL_OP_POWER, HIL_REPLY_DONE, 0);
    return;
  }
  if (board->power == HIL_POWER_ON) {
    hil_board_answer(board, HIL_OP_POWER, HIL_REPLY_DONE, 0);
    return;
  }
  const hil_sensor_t *sensor = hil_sensors_interlock(board);
  if (sensor != NULL) {
    char line[HIL_FAULT_TEXT_MAX];
    hil_text_t text = hil_text_begin(line, sizeof line);
    hil_text_add(&text, sensor->name);
    hil_text_add(&text, " is outside of its window");
    hil_board_answer_why(board, HIL_OP_POWER, HIL_REPLY_REFUSED, sensor->channel, line);
    return;
  }
  board->order = HIL_OP_POWER;
  board->power = HIL_POWER_RISING;
  raise_rail(board, 0, now_us);
}

static void order_perst(hil_board_t *board, bool is_released) {
  if (!is_released) {
    hil_board_assert_perst(board);
    hil_board_answer(board, HIL_OP_PERST, HIL_REPLY_DONE, 0);
  } else if (board->power != HIL_POWER_ON) {
    hil_board_answer_why(board, HIL_OP_PERST, HIL_REPLY_REFUSED, 0, "the rails are off");
  } else if (!board->is_refclk_on) {
    hil_board_answer_why(board, HIL_OP_PERST, HIL_REPLY_REFUSED, 0, "the reference clock is off");
  } else {
    board->order = HIL_OP_PERST;
  }
}

static void order_refclk(hil_board_t *board, bool is_on, uint32_t now_us) {
  if (is_on && board->power != HIL_POWER_ON) {
    /* A clock driven into a device without power feeds it through its inputs. */
    hil_board_answer_why(board, HIL_OP_REFCLK, HIL_REPLY_REFUSED, 0, "the rails are off");
    return;
  }
  if (!is_on) {
    hil_board_assert_perst(board);
  }
  if (is_on != board->is_refclk_on) {
    board->is_refclk_on = is_on;
    board->clocked_us = now_us;
    board->port->set_refclk(board->port->board, is_on);
  }
  hil_board_answer(board, HIL_OP_REFCLK, HIL_REPLY_DONE, 0);
}

static void rail_is_good(hil_board_t *board, uint32_t now_us) {
  if (board->rail + 1u < board->plan->rail_count) {
    raise_rail(board, (uint8_t)(board->rail + 1u), now_us);
    return;
  }
  board->power = HIL_POWER_ON;
  board->powered_us = now_us;
  board->fault = 0;
  board->good_strikes = 0;
  hil_board_log(board, HIL_INFORMATION, "rails on");
  hil_board_answer(board, HIL_OP_POWER, HIL_REPLY_DONE, 0);
}

void hil_board_go_on(hil_board_t *board, uint32_t now_us) {
  const hil_port_t *port = board->port;
  if (board->power == HIL_POWER_RISING) {
    const hil_rail_t *rail = &board->plan->rails[board->rail];
    if (port->is_rail_good(port->board, board->rail)) {
      rail_is_good(board, now_us);
    } else if (now_us - board->rail_us > rail->good_within_us) {
      char line[HIL_FAULT_TEXT_MAX];
      hil_text_t text = hil_text_begin(line, sizeof line);
      hil_text_add(&text, rail->name);
      hil_text_add(&text, " was not good in time");
      hil_board_fail_safe(board, HIL_CODE_POWER_GOOD_TIMEOUT, board->rail, line);
    }
  } else if (board->order == HIL_OP_PERST && now_us - board->powered_us >= POWER_STABLE_US &&
             now_us - board->clocked_us >= CLOCK_STABLE_US) {
    board->is_perst_released = true;
    port->set_perst_n(port->board, true);
    hil_board_log(board, HIL_INFORMATION, "PERST# released");
    hil_board_answer(board, HIL_OP_PERST, HIL_REPLY_DONE, 0);
  }
}

/* ---- Questions ---- */

static void answer_state(hil_board_t *board) {
  uint8_t *results = &board->reply[RESULTS_AT];
  results[0] = board->power == HIL_POWER_ON;
  results[1] = board->is_perst_released;
  results[2] = board->is_refclk_on;
  results[3] = board->is_present;
  hil_put16(&results[4], board->fault);
  hil_put16(&results[6], 0);
  hil_put32(&results[8], board->uptime_ms);
  hil_board_answer(board, HIL_OP_STATE, HIL_REPLY_DONE, 12);
}

static void answer_fault(hil_board_t *board, uint8_t index) {
  uint8_t *results = &board->reply[RESULTS_AT];
  const hil_fault_t *fault = hil_faults_at(board->faults, index);
  size_t count = 7;
  memset(results, 0, count);
  results[0] = board->faults->count;
  if (fault != NULL) {
    size_t text_count = hil_text_length(fault->text);
    hil_put16(&results[1], fault->code);
    hil_put32(&results[3], fault->at_ms);
    memcpy(&results[count], fault->text, text_count);
    count += text_count;
  }
  hil_board_answer(board, HIL_OP_FAULT, HIL_REPLY_DONE, count);
}

static void answer_self_test(hil_board_t *board, uint32_t now_us) {
  const uint32_t all = HIL_TEST_CRC | HIL_TEST_COBS | HIL_TEST_FAULT_LOG | HIL_TEST_SENSORS | HIL_TEST_CLOCK;
  uint32_t failed = hil_self_test(board, now_us);
  hil_put32(&board->reply[RESULTS_AT], all & ~failed);
  hil_put32(&board->reply[RESULTS_AT + 4u], failed);
  hil_board_answer(board, HIL_OP_SELF_TEST, HIL_REPLY_DONE, 8);
}

static size_t bytes_needed(uint8_t operation) {
  switch (operation) {
    case HIL_OP_TELEMETRY:
      return 3;
    case HIL_OP_POWER:
    case HIL_OP_PERST:
    case HIL_OP_REFCLK:
    case HIL_OP_FAULT:
      return 2;
    default:
      return 1;
  }
}

static void order(hil_board_t *board, const uint8_t *request, uint32_t now_us) {
  switch (request[0]) {
    case HIL_OP_POWER:
      order_power(board, request[1] != 0, now_us);
      break;
    case HIL_OP_PERST:
      order_perst(board, request[1] != 0);
      break;
    case HIL_OP_REFCLK:
      order_refclk(board, request[1] != 0, now_us);
      break;
    case HIL_OP_TELEMETRY:
      board->tell_every_us = 1000u * hil_get16(&request[1]);
      board->told_us = now_us - board->tell_every_us; /* the first one now */
      hil_board_answer(board, HIL_OP_TELEMETRY, HIL_REPLY_DONE, 0);
      break;
    case HIL_OP_STATE:
      answer_state(board);
      break;
    case HIL_OP_FAULT:
      answer_fault(board, request[1]);
      break;
    case HIL_OP_FORGET_FAULTS:
      hil_faults_clear(board->faults);
      board->fault = 0;
      hil_board_answer(board, HIL_OP_FORGET_FAULTS, HIL_REPLY_DONE, 0);
      break;
    case HIL_OP_SELF_TEST:
      answer_self_test(board, now_us);
      break;
    case HIL_OP_REBOOT:
      hil_board_switch_off(board);
      board->is_restart_due = true;
      hil_board_answer(board, HIL_OP_REBOOT, HIL_REPLY_DONE, 0);
      break;
    default:
      hil_board_answer(board, request[0], HIL_REPLY_UNKNOWN, 0);
      break;
  }
}

void hil_board_request(hil_board_t *board, const uint8_t *request, size_t count, uint32_t now_us) {
  bool is_switch = request[0] == HIL_OP_POWER || request[0] == HIL_OP_PERST || request[0] == HIL_OP_REFCLK;
  if (count < bytes_needed(request[0]) || (is_switch && request[1] > 1)) {
    hil_board_answer(board, request[0], HIL_REPLY_MALFORMED, 0);
    return;
  }
  order(board, request, now_us);
}

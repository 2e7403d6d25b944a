/* Board control on a board that is not there. */
#include "fake_board.h"
#include "hil_bytes.h"

#include <stdio.h>
#include <string.h>

#define STEP_US 20u

static fake_board_t fake;
static hil_port_t port;
static hil_faults_t faults;
static hil_board_t board;
static const uint8_t *reply;
static size_t reply_count;

static void start_at(uint32_t now_us) {
  fake_begin(&fake, now_us);
  port = fake_port(&fake);
  memset(&faults, 0, sizeof faults);
  (void)hil_faults_begin(&faults);
  hil_board_begin(&board, &port, &fake_plan, &faults, false);
  fake.trace[0] = '\0';
}

static void start(void) { start_at(0); }

static void pass(uint32_t us) {
  for (uint32_t step = 0; step < us; step += STEP_US) {
    fake.now_us += STEP_US;
    hil_board_poll(&board, fake.now_us, fake.now_us / 1000);
  }
}

/* Asks, and lets time pass until it is answered: at most limit_us. The microseconds that it took. */
static uint32_t ask(uint8_t operation, uint8_t argument, uint32_t limit_us) {
  const uint8_t request[3] = {operation, argument, 0};
  uint32_t began_us = fake.now_us;
  hil_board_request(&board, request, sizeof request, fake.now_us);
  while (!hil_board_take_reply(&board, &reply, &reply_count) && fake.now_us - began_us < limit_us) {
    pass(STEP_US);
  }
  return fake.now_us - began_us;
}

static bool is_answer(uint8_t operation, hil_reply_status_t status, const char *why) {
  return reply_count >= 2 && reply[0] == operation && reply[1] == (uint8_t)status &&
         (why == NULL || (reply_count == 4 + strlen(why) && memcmp(&reply[4], why, strlen(why)) == 0));
}

static bool is_done(uint8_t operation) { return is_answer(operation, HIL_REPLY_DONE, NULL); }

/* The first message that waits, if it is this event. */
static bool was_told(hil_code_t code, uint32_t detail, const char *text) {
  const hil_saying_t *saying = hil_board_first_saying(&board);
  while (saying != NULL && saying->kind != HIL_EVENT) {
    hil_board_drop_saying(&board);
    saying = hil_board_first_saying(&board);
  }
  bool is_it = saying != NULL && hil_get16(saying->payload) == (uint16_t)code && hil_get32(&saying->payload[2]) == detail &&
               saying->length == 6 + strlen(text) && memcmp(&saying->payload[6], text, strlen(text)) == 0;
  hil_board_drop_saying(&board);
  return is_it;
}

static bool all_off(void) { return !fake.is_on[0] && !fake.is_on[1] && !fake.is_on[2] && !fake.perst_n && !fake.refclk; }

static void switch_all_on(void) {
  (void)ask(HIL_OP_POWER, 1, 100000);
  CLAIM(is_done(HIL_OP_POWER));
  (void)ask(HIL_OP_REFCLK, 1, 100000);
  (void)ask(HIL_OP_PERST, 1, 200000);
  CLAIM(is_done(HIL_OP_PERST) && fake.perst_n);
}

static void board_starts_with_everything_off(void) {
  fake_begin(&fake, 5);
  fake.is_on[0] = fake.is_on[1] = fake.is_on[2] = fake.perst_n = fake.refclk = true;
  port = fake_port(&fake);
  hil_board_begin(&board, &port, &fake_plan, &faults, false);
  CLAIM(all_off());
  CLAIM(strcmp(fake.trace, "p c -2 -1 -0 ") == 0);
}

static void rails_come_up_in_order_each_when_the_one_before_is_good(void) {
  start();
  fake.rise_us[0] = 5000;
  uint32_t took_us = ask(HIL_OP_POWER, 1, 100000);
  CLAIM(is_done(HIL_OP_POWER));
  CLAIM(strcmp(fake.trace, "+0 +1 +2 ") == 0);
  CLAIM(fake.on_us[1] - fake.on_us[0] >= 5000 && fake.on_us[2] - fake.on_us[1] >= 2000);
  CLAIM(took_us >= 9000 && took_us < 11000);
  CLAIM(!fake.perst_n && !fake.refclk);
  (void)ask(HIL_OP_STATE, 0, 1000);
  CLAIM(is_done(HIL_OP_STATE) && reply_count == 14 && reply[2] == 1 && reply[3] == 0 && reply[4] == 0 && reply[5] == 1);
}

static void rail_that_is_not_good_in_time_ends_with_all_off(void) {
  for (uint8_t dead = 0; dead < FAKE_RAILS; dead++) {
    static const char *const whys[] = {"1V0 was not good in time", "1V8 was not good in time", "3V3 was not good in time"};
    start_at(0xFFFFFC00u); /* the clock wraps meanwhile */
    fake.is_dead[dead] = true;
    uint32_t took_us = ask(HIL_OP_POWER, 1, 100000);
    CLAIM(is_answer(HIL_OP_POWER, HIL_REPLY_FAILED, whys[dead]) && hil_get16(&reply[2]) == dead);
    CLAIM(took_us > 20000 && took_us < 26000);
    CLAIM(all_off());
    CLAIM(was_told(HIL_CODE_POWER_GOOD_TIMEOUT, dead, whys[dead]));
    CLAIM(hil_faults_at(&faults, 0) != NULL && hil_faults_at(&faults, 0)->code == HIL_CODE_POWER_GOOD_TIMEOUT);
    (void)ask(HIL_OP_STATE, 0, 1000);
    CLAIM(reply[2] == 0 && reply[6] == HIL_CODE_POWER_GOOD_TIMEOUT);
  }
}

static void power_off_goes_the_other_way_round(void) {
  start();
  switch_all_on();
  fake.trace[0] = '\0';
  (void)ask(HIL_OP_POWER, 0, 1000);
  CLAIM(is_done(HIL_OP_POWER));
  CLAIM(strcmp(fake.trace, "p c -2 -1 -0 ") == 0);
}

static void perst_is_released_when_power_and_clock_were_stable(void) {
  start();
  (void)ask(HIL_OP_POWER, 1, 100000);
  (void)ask(HIL_OP_REFCLK, 1, 1000);
  uint32_t took_us = ask(HIL_OP_PERST, 1, 200000);
  CLAIM(is_done(HIL_OP_PERST) && fake.perst_n);
  CLAIM(took_us >= 99900 && took_us < 101000); /* T_PVPERL */

  (void)ask(HIL_OP_REFCLK, 0, 1000); /* takes PERST# low */
  CLAIM(!fake.perst_n && !fake.refclk);
  (void)ask(HIL_OP_REFCLK, 1, 1000);
  took_us = ask(HIL_OP_PERST, 1, 200000);
  CLAIM(took_us >= 100 && took_us < 500); /* T_PERST-CLK */

  took_us = ask(HIL_OP_PERST, 0, 1000);
  CLAIM(is_done(HIL_OP_PERST) && !fake.perst_n && took_us == 0);
}

static void what_would_harm_the_device_is_refused(void) {
  start();
  (void)ask(HIL_OP_PERST, 1, 1000);
  CLAIM(is_answer(HIL_OP_PERST, HIL_REPLY_REFUSED, "the rails are off"));
  (void)ask(HIL_OP_REFCLK, 1, 1000);
  CLAIM(is_answer(HIL_OP_REFCLK, HIL_REPLY_REFUSED, "the rails are off") && !fake.refclk);
  (void)ask(HIL_OP_POWER, 1, 100000);
  (void)ask(HIL_OP_PERST, 1, 1000);
  CLAIM(is_answer(HIL_OP_PERST, HIL_REPLY_REFUSED, "the reference clock is off") && !fake.perst_n);
}

static void value_outside_of_its_window_switches_off(void) {
  start();
  switch_all_on();
  fake.value[1] = 1891;
  pass(4000); /* measured once: a glitch */
  CLAIM(fake.is_on[0] && fake.perst_n);
  fake.value[1] = 1890;
  pass(20000); /* the edge of the window is inside */
  CLAIM(fake.is_on[0] && fake.perst_n);
  fake.value[1] = 1709;
  fake.trace[0] = '\0';
  pass(9000);
  CLAIM(all_off() && strcmp(fake.trace, "p c -2 -1 -0 ") == 0);
  CLAIM(was_told(HIL_CODE_OUTSIDE_WINDOW, 1, "1V8 is at 1709 mV"));
  CLAIM(faults.count == 1);
}

static void heat_switches_off_and_keeps_off(void) {
  start();
  switch_all_on();
  fake.value[3] = 85001;
  pass(9000);
  CLAIM(all_off());
  CLAIM(was_told(HIL_CODE_OUTSIDE_WINDOW, 16, "temperature is at 85001 m\xC2\xB0""C"));
  (void)ask(HIL_OP_POWER, 1, 100000);
  CLAIM(is_answer(HIL_OP_POWER, HIL_REPLY_REFUSED, "temperature is outside of its window") && all_off());
  fake.value[3] = 85000;
  pass(5000);
  (void)ask(HIL_OP_POWER, 1, 100000);
  CLAIM(is_done(HIL_OP_POWER) && board.fault == 0);
}

static void heat_while_rails_come_up_ends_the_order(void) {
  start();
  fake.rise_us[2] = 19000;
  const uint8_t request[2] = {HIL_OP_POWER, 1};
  hil_board_request(&board, request, sizeof request, fake.now_us);
  pass(6000);
  fake.value[3] = 90000;
  pass(9000);
  CLAIM(hil_board_take_reply(&board, &reply, &reply_count) && all_off());
  CLAIM(is_answer(HIL_OP_POWER, HIL_REPLY_FAILED, "temperature is at 90000 m\xC2\xB0""C"));
}

static void sensor_that_does_not_answer_is_no_good_sign(void) {
  start();
  switch_all_on();
  fake.is_mute[3] = true;
  pass(9000);
  CLAIM(all_off() && was_told(HIL_CODE_OUTSIDE_WINDOW, 16, "temperature: the sensor does not answer"));
}

static void lost_power_good_switches_off(void) {
  start();
  switch_all_on();
  fake.is_dead[2] = true;
  pass(300);
  CLAIM(all_off() && was_told(HIL_CODE_OUTSIDE_WINDOW, 2, "3V3 is not good any more"));
}

static unsigned telemetry_messages(uint32_t us) {
  unsigned count = 0;
  for (uint32_t step = 0; step < us; step += 100) {
    pass(100);
    const hil_saying_t *saying = hil_board_first_saying(&board);
    if (saying != NULL) {
      count += saying->kind == HIL_TELEMETRY ? 1u : 0u;
      hil_board_drop_saying(&board);
    }
  }
  return count;
}

static void telemetry_comes_in_its_interval_until_it_is_ended(void) {
  static const uint8_t first[12] = {0, 1, 0xE8, 3, 0, 0, 1, 1, 8, 7, 0, 0};
  start();
  (void)ask(HIL_OP_TELEMETRY, 50, 1000);
  CLAIM(is_done(HIL_OP_TELEMETRY));
  pass(100);
  const hil_saying_t *saying = hil_board_first_saying(&board);
  CLAIM(saying != NULL && saying->kind == HIL_TELEMETRY && saying->length == 24);
  CLAIM(saying != NULL && memcmp(saying->payload, first, sizeof first) == 0);
  hil_board_drop_saying(&board);
  CLAIM(telemetry_messages(1000000) == 20);
  (void)ask(HIL_OP_TELEMETRY, 0, 1000);
  CLAIM(telemetry_messages(1000000) == 0);
  (void)ask(HIL_OP_TELEMETRY, 50, 1000);
  hil_board_begin_session(&board);
  CLAIM(telemetry_messages(1000000) == 0); /* nothing is kept from one session for the next */
}

static void telemetry_and_log_leave_room_for_events(void) {
  start();
  (void)ask(HIL_OP_TELEMETRY, 1, 1000);
  for (unsigned i = 0; i < 2 * HIL_SAY_MAX; i++) {
    (void)ask(HIL_OP_POWER, 0, 1000); /* a line of the log for each */
    pass(5000);                       /* nobody takes anything */
  }
  fake.is_absent = true;
  pass(100);
  bool is_there = false;
  while (hil_board_first_saying(&board) != NULL) {
    is_there = is_there || hil_board_first_saying(&board)->kind == HIL_EVENT;
    hil_board_drop_saying(&board);
  }
  CLAIM(is_there);
}

static void device_that_goes_and_comes_is_told(void) {
  start();
  fake.is_absent = true;
  pass(100);
  CLAIM(was_told(HIL_CODE_PRESENCE, 0, "the device went away"));
  fake.is_absent = false;
  pass(100);
  CLAIM(was_told(HIL_CODE_PRESENCE, 1, "a device came"));
}

static void faults_are_told_newest_first_and_the_oldest_are_forgotten(void) {
  start();
  for (unsigned i = 0; i < HIL_FAULTS_MAX + 3; i++) {
    char text[] = {(char)('a' + i), '\0'};
    hil_faults_add(&faults, HIL_CODE_PROCESSOR, 1000 + i, text);
  }
  (void)ask(HIL_OP_FAULT, 0, 1000);
  CLAIM(is_done(HIL_OP_FAULT) && reply_count == 10 && reply[2] == HIL_FAULTS_MAX && hil_get16(&reply[3]) == HIL_CODE_PROCESSOR);
  CLAIM(hil_get32(&reply[5]) == 1018 && reply[9] == 's');
  (void)ask(HIL_OP_FAULT, HIL_FAULTS_MAX - 1, 1000);
  CLAIM(reply_count == 10 && reply[9] == 'd');
  (void)ask(HIL_OP_FAULT, HIL_FAULTS_MAX, 1000);
  CLAIM(is_done(HIL_OP_FAULT) && reply_count == 9 && reply[2] == HIL_FAULTS_MAX && reply[3] == 0);
  (void)ask(HIL_OP_FORGET_FAULTS, 0, 1000);
  (void)ask(HIL_OP_FAULT, 0, 1000);
  CLAIM(is_done(HIL_OP_FAULT) && reply[2] == 0);
}

static void fault_log_outlives_a_restart_and_not_a_power_failure(void) {
  start();
  hil_faults_add(&faults, HIL_CODE_PROCESSOR, 7, "one");
  CLAIM(hil_faults_begin(&faults) && faults.count == 1 && faults.starts == 2);
  ((uint8_t *)&faults)[20] ^= 1;
  CLAIM(!hil_faults_begin(&faults) && faults.count == 0 && faults.starts == 1);
  memset(&faults, 0xA5, sizeof faults);
  CLAIM(!hil_faults_begin(&faults) && hil_faults_are_sound(&faults));
}

static void last_words_of_a_handler_go_to_the_fault_log_once(void) {
  hil_last_words_t words;
  memset(&words, 0xA5, sizeof words);
  start();
  CLAIM(hil_last_words_take(&words, &faults) == HIL_CODE_NONE && faults.count == 0);
  hil_last_words_say(&words, HIL_CODE_WATCHDOG, 4711, 0x08001234);
  CLAIM(hil_last_words_take(&words, &faults) == HIL_CODE_WATCHDOG && faults.count == 1);
  CLAIM(strcmp(hil_faults_at(&faults, 0)->text, "the watchdog bit at 0x8001234") == 0);
  CLAIM(hil_faults_at(&faults, 0)->at_ms == 4711);
  CLAIM(hil_last_words_take(&words, &faults) == HIL_CODE_NONE && faults.count == 1);
}

static void bite_of_the_watchdog_is_told_in_each_session_of_the_next_start(void) {
  start();
  hil_board_begin(&board, &port, &fake_plan, &faults, true);
  for (int session = 0; session < 2; session++) {
    hil_board_begin_session(&board);
    CLAIM(was_told(HIL_CODE_WATCHDOG, 0, "the watchdog bit before this start"));
  }
}

static void self_test_tells_what_is_broken(void) {
  start();
  pass(100);
  (void)ask(HIL_OP_SELF_TEST, 0, 1000);
  CLAIM(is_done(HIL_OP_SELF_TEST) && reply_count == 10 && hil_get32(&reply[2]) == 0x1F && hil_get32(&reply[6]) == 0);
  fake.is_mute[3] = true;
  ((uint8_t *)&faults)[9] ^= 1;
  pass(5000);
  (void)ask(HIL_OP_SELF_TEST, 0, 1000);
  CLAIM(hil_get32(&reply[2]) == (HIL_TEST_CRC | HIL_TEST_COBS | HIL_TEST_CLOCK));
  CLAIM(hil_get32(&reply[6]) == (HIL_TEST_SENSORS | HIL_TEST_FAULT_LOG));
}

static void requests_that_are_wrong_are_told_from_unknown_ones(void) {
  start();
  for (uint8_t operation = HIL_OP_POWER; operation <= HIL_OP_FAULT; operation++) {
    if (operation != HIL_OP_STATE) {
      hil_board_request(&board, &operation, 1, 0);
      CLAIM(hil_board_take_reply(&board, &reply, &reply_count) && is_answer(operation, HIL_REPLY_MALFORMED, NULL));
    }
  }
  (void)ask(HIL_OP_POWER, 2, 1000);
  CLAIM(is_answer(HIL_OP_POWER, HIL_REPLY_MALFORMED, NULL) && all_off());
  (void)ask(0x77, 0, 1000);
  CLAIM(is_answer(0x77, HIL_REPLY_UNKNOWN, NULL));
}

static void host_that_goes_away_leaves_no_rails_half_way_up(void) {
  start();
  const uint8_t request[2] = {HIL_OP_POWER, 1};
  hil_board_request(&board, request, sizeof request, fake.now_us);
  pass(500);
  CLAIM(fake.is_on[0]);
  hil_board_begin_session(&board);
  CLAIM(all_off());
  pass(200000);
  CLAIM(all_off() && !hil_board_take_reply(&board, &reply, &reply_count));
}

static void reboot_switches_off_first(void) {
  start();
  switch_all_on();
  (void)ask(HIL_OP_REBOOT, 0, 1000);
  CLAIM(is_done(HIL_OP_REBOOT) && all_off() && board.is_restart_due);
}

int board_run(void) {
  unsigned before = claims_failed();
  board_starts_with_everything_off();
  rails_come_up_in_order_each_when_the_one_before_is_good();
  rail_that_is_not_good_in_time_ends_with_all_off();
  power_off_goes_the_other_way_round();
  perst_is_released_when_power_and_clock_were_stable();
  what_would_harm_the_device_is_refused();
  value_outside_of_its_window_switches_off();
  heat_switches_off_and_keeps_off();
  heat_while_rails_come_up_ends_the_order();
  sensor_that_does_not_answer_is_no_good_sign();
  lost_power_good_switches_off();
  telemetry_comes_in_its_interval_until_it_is_ended();
  telemetry_and_log_leave_room_for_events();
  device_that_goes_and_comes_is_told();
  faults_are_told_newest_first_and_the_oldest_are_forgotten();
  fault_log_outlives_a_restart_and_not_a_power_failure();
  last_words_of_a_handler_go_to_the_fault_log_once();
  bite_of_the_watchdog_is_told_in_each_session_of_the_next_start();
  self_test_tells_what_is_broken();
  requests_that_are_wrong_are_told_from_unknown_ones();
  host_that_goes_away_leaves_no_rails_half_way_up();
  reboot_switches_off_first();
  printf("board control: %u claims, %u do not hold\n", claims_made(), claims_failed() - before);
  return claims_failed() == before ? 0 : 1;
}

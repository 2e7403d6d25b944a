/* Measured values: limits, telemetry, self-test. */
#include "hil_board_parts.h"

#include <string.h>

#define STRIKES 2u /* in a row */
#define ITEM_SIZE 6u

static bool is_inside(const hil_sensor_t *sensor, const hil_reading_t *reading) {
  return reading->is_valid && reading->value >= sensor->lowest && reading->value <= sensor->highest;
}

static void read_sensor(hil_board_t *board, uint8_t index) {
  hil_reading_t *reading = &board->readings[index];
  int32_t value = 0;
  reading->is_valid = board->port->measure(board->port->board, index, &value);
  reading->value = reading->is_valid ? value : 0;
}

void hil_sensors_begin(hil_board_t *board) {
  for (uint8_t i = 0; i < board->plan->sensor_count; i++) {
    read_sensor(board, i);
  }
}

static const char *name_of_unit(uint8_t unit) {
  static const char *const names[] = {"", " mV", " mA", " mW", " m\xC2\xB0""C", ""};
  return unit <= HIL_COUNT ? names[unit] : "";
}

static void leave_window(hil_board_t *board, uint8_t index) {
  const hil_sensor_t *sensor = &board->plan->sensors[index];
  const hil_reading_t *reading = &board->readings[index];
  char line[HIL_FAULT_TEXT_MAX];
  hil_text_t text = hil_text_begin(line, sizeof line);
  hil_text_add(&text, sensor->name);
  if (!reading->is_valid) {
    hil_text_add(&text, ": the sensor does not answer");
  } else {
    hil_text_add(&text, " is at ");
    hil_text_add_number(&text, reading->value);
    hil_text_add(&text, name_of_unit(sensor->unit));
  }
  hil_board_fail_safe(board, HIL_CODE_OUTSIDE_WINDOW, sensor->channel, line);
}

void hil_sensors_poll(hil_board_t *board, uint32_t now_us) {
  if (board->plan->sensor_count == 0 || now_us - board->measured_us < board->plan->measure_every_us) {
    return;
  }
  board->measured_us = now_us;
  uint8_t index = board->next_sensor;
  board->next_sensor = (uint8_t)((index + 1u) % board->plan->sensor_count);
  read_sensor(board, index);
  hil_reading_t *reading = &board->readings[index];
  bool is_rising = board->power == HIL_POWER_RISING;
  bool counts = board->power == HIL_POWER_ON || (is_rising && !board->plan->sensors[index].is_of_rail);
  if (!counts || is_inside(&board->plan->sensors[index], reading)) {
    reading->strikes = 0;
  } else if (++reading->strikes >= STRIKES) {
    reading->strikes = 0;
    leave_window(board, index);
  }
}

const hil_sensor_t *hil_sensors_interlock(const hil_board_t *board) {
  for (uint8_t i = 0; i < board->plan->sensor_count; i++) {
    const hil_sensor_t *sensor = &board->plan->sensors[i];
    if (!sensor->is_of_rail && !is_inside(sensor, &board->readings[i])) {
      return sensor;
    }
  }
  return NULL;
}

void hil_sensors_tell(hil_board_t *board) {
  uint8_t items[HIL_SENSORS_MAX * ITEM_SIZE];
  size_t count = 0;
  for (uint8_t i = 0; i < board->plan->sensor_count; i++) {
    if (!board->readings[i].is_valid) {
      continue; /* no value is better than a wrong one */
    }
    items[count] = board->plan->sensors[i].channel;
    items[count + 1u] = board->plan->sensors[i].unit;
    hil_put32(&items[count + 2u], (uint32_t)board->readings[i].value);
    count += ITEM_SIZE;
  }
  if (count > 0 && board->say_count < HIL_SAY_MAX / 2u) {
    hil_board_say(board, HIL_TELEMETRY, items, count, ""); /* with no room, this one is left out */
  }
}

/* ---- Self-test: nothing is switched ---- */

static bool is_crc_right(void) {
  static const uint8_t digits[9] = {'1', '2', '3', '4', '5', '6', '7', '8', '9'};
  return hil_crc32c(digits, sizeof digits) == 0xE3069283u; /* FRM-1 */
}

static bool is_cobs_right(void) {
  uint8_t plain[300];
  uint8_t encoded[HIL_COBS_MAX(sizeof plain)];
  uint8_t back[HIL_COBS_MAX(sizeof plain)];
  size_t length = 0;
  for (size_t i = 0; i < sizeof plain; i++) {
    plain[i] = (uint8_t)(i * 7u);
  }
  size_t count = hil_cobs_encode(plain, sizeof plain, encoded);
  for (size_t i = 0; i < count; i++) {
    if (encoded[i] == 0) {
      return false;
    }
  }
  bool is_decoded = hil_cobs_decode(encoded, count, back, &length);
  return is_decoded && length == sizeof plain && memcmp(plain, back, sizeof plain) == 0;
}

uint32_t hil_self_test(const hil_board_t *board, uint32_t now_us) {
  uint32_t failed = 0;
  failed |= is_crc_right() ? 0u : HIL_TEST_CRC;
  failed |= is_cobs_right() ? 0u : HIL_TEST_COBS;
  failed |= hil_faults_are_sound(board->faults) ? 0u : HIL_TEST_FAULT_LOG;
  failed |= now_us != board->begun_us ? 0u : HIL_TEST_CLOCK;
  for (uint8_t i = 0; i < board->plan->sensor_count; i++) {
    failed |= board->readings[i].is_valid ? 0u : HIL_TEST_SENSORS;
  }
  return failed;
}

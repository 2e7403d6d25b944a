#include "fake_board.h"

#include <stdio.h>
#include <string.h>

static unsigned failed;
static unsigned made;

static const hil_rail_t rails[FAKE_RAILS] = {{"1V0", 20000}, {"1V8", 20000}, {"3V3", 20000}};
static const hil_sensor_t sensors[FAKE_SENSORS] = {
    {"1V0", 0, HIL_MILLIVOLT, true, 950, 1050},
    {"1V8", 1, HIL_MILLIVOLT, true, 1710, 1890},
    {"3V3", 2, HIL_MILLIVOLT, true, 3135, 3465},
    {"temperature", 16, HIL_MILLICELSIUS, false, -20000, 85000},
};

const hil_board_plan_t fake_plan = {rails, sensors, FAKE_RAILS, FAKE_SENSORS, 1000};

void claim(bool holds, const char *text, const char *file, int line) {
  made++;
  if (!holds) {
    failed++;
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, text);
  }
}

unsigned claims_failed(void) { return failed; }

unsigned claims_made(void) { return made; }

void pipe_add(fake_pipe_t *pipe, const uint8_t *bytes, size_t count) {
  count = count > FAKE_LINE - pipe->count ? FAKE_LINE - pipe->count : count;
  memcpy(&pipe->bytes[pipe->count], bytes, count);
  pipe->count += count;
}

static void note(fake_board_t *fake, const char *what, unsigned rail) {
  char text[8];
  size_t at = strlen(fake->trace);
  (void)snprintf(text, sizeof text, rail < FAKE_RAILS ? "%s%u " : "%s ", what, rail);
  if (at + strlen(text) < FAKE_TRACE) {
    strcpy(&fake->trace[at], text);
  }
}

static uint32_t now_us(void *board) { return ((fake_board_t *)board)->now_us; }

static size_t read_line(void *board, hil_line_t line, uint8_t *bytes, size_t room) {
  fake_pipe_t *pipe = &((fake_board_t *)board)->in[line];
  size_t count = pipe->count < room ? pipe->count : room;
  memcpy(bytes, pipe->bytes, count);
  memmove(pipe->bytes, &pipe->bytes[count], pipe->count - count);
  pipe->count -= count;
  return count;
}

/* As a ring of a real board does, it takes a part at a time. */
static size_t write_line(void *board, hil_line_t line, const uint8_t *bytes, size_t count) {
  fake_board_t *fake = board;
  size_t taken = fake->is_full ? 0 : count > 100 ? 100 : count;
  pipe_add(&fake->out[line], bytes, taken);
  return taken;
}

static bool is_sent(void *board, hil_line_t line) {
  (void)line;
  return !((fake_board_t *)board)->is_full;
}

static void set_rail(void *board, uint8_t rail, bool is_on) {
  fake_board_t *fake = board;
  if (fake->is_on[rail] != is_on) {
    note(fake, is_on ? "+" : "-", rail);
  }
  fake->is_on[rail] = is_on;
  fake->on_us[rail] = fake->now_us;
}

static bool is_rail_good(void *board, uint8_t rail) {
  const fake_board_t *fake = board;
  return fake->is_on[rail] && !fake->is_dead[rail] && fake->now_us - fake->on_us[rail] >= fake->rise_us[rail];
}

static void set_perst_n(void *board, bool level) {
  fake_board_t *fake = board;
  fake->perst_n = level;
  note(fake, level ? "P" : "p", FAKE_RAILS);
}

static void set_refclk(void *board, bool is_on) {
  fake_board_t *fake = board;
  fake->refclk = is_on;
  note(fake, is_on ? "C" : "c", FAKE_RAILS);
}

static bool is_device_present(void *board) { return !((fake_board_t *)board)->is_absent; }

static bool measure(void *board, uint8_t sensor, int32_t *value) {
  const fake_board_t *fake = board;
  *value = fake->value[sensor];
  return !fake->is_mute[sensor];
}

static void feed_watchdog(void *board) { ((fake_board_t *)board)->fed++; }

static void restart(void *board) { ((fake_board_t *)board)->restarts++; }

static void log_line(void *board, const char *line) {
  fake_board_t *fake = board;
  (void)snprintf(fake->line, sizeof fake->line, "%s", line);
}

void fake_begin(fake_board_t *fake, uint32_t now) {
  memset(fake, 0, sizeof *fake);
  fake->now_us = now;
  for (unsigned i = 0; i < FAKE_RAILS; i++) {
    fake->rise_us[i] = 2000;
  }
  for (unsigned i = 0; i < FAKE_SENSORS; i++) {
    fake->value[i] = (sensors[i].lowest + sensors[i].highest) / 2;
  }
}

hil_port_t fake_port(fake_board_t *fake) {
  const hil_port_t port = {fake,        now_us,      read_line,         write_line, is_sent,       set_rail, is_rail_good,
                           set_perst_n, set_refclk,  is_device_present, measure,    feed_watchdog, restart,  log_line};
  return port;
}

/* What comes from a board where there is none: the simulation build, for QEMU. Lines on the debug port change it:
 *   good RAIL 0|1        power-good of a rail that is on      mv RAIL MILLIVOLTS   what a rail measures
 *   temp MILLICELSIUS    present 0|1
 *   hang                 the main loop stops: the watchdog bites
 *   crash                a processor exception
 * Each line that is obeyed is answered by "obeyed: " and the line.
 */
#include "hil_text.h"
#include "port.h"

#define RAILS 3u
#define LINE 32u
#define SPINS 1000000u
#define CORE_HZ 168000000u /* what QEMU's netduinoplus2 counts SysTick by */

static int32_t millivolts[RAILS];
static bool is_good[RAILS];
static bool is_present;
static int32_t millicelsius;
static char line[LINE];
static size_t length;

clocks_t input_clocks(void) {
  const clocks_t clocks = {CORE_HZ, CORE_HZ / 4u, CORE_HZ / 2u};
  return clocks;
}

void inputs_begin(void) {
  static const int32_t nominal[RAILS] = {1000, 1800, 3300};
  for (uint8_t rail = 0; rail < RAILS; rail++) {
    millivolts[rail] = nominal[rail];
    is_good[rail] = true;
  }
  is_present = true;
  millicelsius = 41000;
}

bool input_is_rail_good(uint8_t rail) { return pin_is_rail_on(rail) && is_good[rail]; }

bool input_is_device_present(void) { return is_present; }

bool input_measure(uint8_t sensor, int32_t *value) {
  *value = sensor < RAILS ? (pin_is_rail_on(sensor) ? millivolts[sensor] : 0) : millicelsius;
  return true;
}

/* What follows this word; NULL when the line begins with another. */
static const char *word(const char *at, const char *name) {
  while (*name != '\0') {
    if (*at++ != *name++) {
      return NULL;
    }
  }
  return at;
}

/* A number behind spaces; the rest follows. */
static int32_t number(const char **at) {
  int32_t value = 0;
  while (**at == ' ') {
    (*at)++;
  }
  while (**at >= '0' && **at <= '9') {
    value = 10 * value + (*(*at)++ - '0');
  }
  return value;
}

static void say(const char *text) { (void)uart_write(UART_DEBUG, (const uint8_t *)text, hil_text_length(text)); }

static void answer(void) {
  say("obeyed: ");
  say(line);
  say("\r\n");
  for (uint32_t i = 0; i < SPINS && !uart_is_sent(UART_DEBUG); i++) {
    /* what follows may be the end */
  }
}

/* False: it is no such line. */
static bool change(void) {
  const char *rest = NULL;
  if ((rest = word(line, "good ")) != NULL) {
    uint32_t rail = (uint32_t)number(&rest) % RAILS;
    is_good[rail] = number(&rest) != 0;
  } else if ((rest = word(line, "mv ")) != NULL) {
    uint32_t rail = (uint32_t)number(&rest) % RAILS;
    millivolts[rail] = number(&rest);
  } else if ((rest = word(line, "temp ")) != NULL) {
    millicelsius = number(&rest);
  } else if ((rest = word(line, "present ")) != NULL) {
    is_present = number(&rest) != 0;
  } else {
    return word(line, "hang") != NULL || word(line, "crash") != NULL;
  }
  return true;
}

static void obey(void) {
  if (!change()) {
    return;
  }
  answer();
  if (word(line, "crash") != NULL) {
    __asm volatile("udf #0");
  }
  while (word(line, "hang") != NULL) {
    __asm volatile("nop");
  }
}

void inputs_poll(void) {
  uint8_t byte = 0;
  while (uart_read(UART_DEBUG, &byte, 1) == 1) {
    if (byte != '\n' && length < LINE - 1u) {
      line[length++] = (char)byte;
      continue;
    }
    line[length] = '\0';
    length = 0;
    obey();
  }
}

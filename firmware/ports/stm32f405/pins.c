/* What the board switches, and what its rails are. Pins: docs/firmware.md. */
#include "port.h"
#include "stm32f405.h"

#define RAILS 3u
#define PERST_PIN 3u
#define REFCLK_PIN 4u

/* GPIOC 0 to 2: enable inputs of the regulators. GPIOC 3: PERST#. GPIOC 4: enable of the clock buffer. */
static const hil_rail_t rails[RAILS] = {{"1V0", 20000}, {"1V8", 20000}, {"3V3", 20000}};

static const hil_sensor_t sensors[] = {
    {"1V0", 0, HIL_MILLIVOLT, true, 950, 1050},
    {"1V8", 1, HIL_MILLIVOLT, true, 1710, 1890},
    {"3V3", 2, HIL_MILLIVOLT, true, 3135, 3465},
    {"temperature", 16, HIL_MILLICELSIUS, false, -20000, 85000},
};

const hil_board_plan_t board_plan = {rails, sensors, RAILS, sizeof sensors / sizeof sensors[0], 1000};

static bool is_rail_on[RAILS];

static void set(uint32_t pin, bool level) { GPIOC->bsrr = 1u << (level ? pin : pin + 16u); }

void pins_begin(void) {
  for (uint32_t pin = 0; pin <= REFCLK_PIN; pin++) {
    set(pin, false); /* before they are outputs: nothing is switched on for a moment */
  }
  GPIOC->moder = (GPIOC->moder & ~0x3FFu) | 0x155u;
}

void pin_set_rail(uint8_t rail, bool is_on) {
  is_rail_on[rail] = is_on;
  set(rail, is_on);
}

bool pin_is_rail_on(uint8_t rail) { return is_rail_on[rail]; }

void pin_set_perst_n(bool level) { set(PERST_PIN, level); }

void pin_set_refclk(bool is_on) { set(REFCLK_PIN, is_on); }

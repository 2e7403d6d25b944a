/* Time: SysTick counts milliseconds, its counter the microseconds between. */
#include "port.h"
#include "stm32f405.h"

#define SYST_RUNS 7u /* enabled, with interrupt, from the processor clock */

#define BACKWARDS 0x80000000u

static volatile uint32_t milliseconds;
static uint32_t ticks_per_us;
static uint32_t reload;

void time_begin(uint32_t core_hz) {
  ticks_per_us = core_hz / 1000000u;
  reload = core_hz / 1000u;
  SYST_RVR = reload - 1u;
  SYST_CVR = 0;
  SYST_CSR = SYST_RUNS;
}

uint32_t now_ms(void) { return milliseconds; }

/* The counter may have begun anew while its interrupt waits to be served; time stands still then, and never goes
 * back. Called from the main loop only. */
uint32_t now_us(void) {
  static uint32_t last_us;
  uint32_t before;
  uint32_t ticks;
  do {
    before = milliseconds;
    ticks = SYST_CVR;
  } while (before != milliseconds);
  uint32_t us = before * 1000u + (reload - 1u - ticks) / ticks_per_us;
  if (us - last_us < BACKWARDS) {
    last_us = us;
  }
  return last_us;
}

void time_tick(void) { milliseconds = milliseconds + 1u; }

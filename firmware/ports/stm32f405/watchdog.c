/* Two watchdogs. SysTick counts the milliseconds since the main loop fed it; it says in the fault log where the
 * loop hung, then restarts. The independent one (IWDG) bites a second later when not even SysTick is served. */
#include "port.h"
#include "stm32f405.h"

#define HUNG_MS 500u
#define FRAME_PC 6u /* of r0-r3, r12, lr, pc, psr */
#define AIRCR_RESET 0x05FA0004u
#define IWDG_START 0xCCCCu
#define IWDG_UNLOCK 0x5555u
#define IWDG_FEED 0xAAAAu
#define IWDG_BY_32 3u     /* 32 kHz / 32: a millisecond, about */
#define IWDG_WAIT_MS 1500u

__attribute__((section(".noinit"))) hil_faults_t fault_log;
__attribute__((section(".noinit"))) hil_last_words_t last_words;

static volatile uint32_t fed_ms;
static volatile bool is_watched;

bool watchdog_began_this_start(void) {
  bool has_bitten = (RCC_CSR & RCC_CSR_IWDGRSTF) != 0;
  RCC_CSR |= RCC_CSR_RMVF;
  return has_bitten;
}

void watchdog_begin(void) {
  IWDG->kr = IWDG_UNLOCK;
  IWDG->pr = IWDG_BY_32;
  IWDG->rlr = IWDG_WAIT_MS;
  IWDG->kr = IWDG_START;
  watchdog_feed();
  is_watched = true;
}

void watchdog_feed(void) {
  IWDG->kr = IWDG_FEED;
  fed_ms = now_ms();
}

void restart_now(void) {
  SCB_AIRCR = AIRCR_RESET;
  for (;;) {
    /* until the reset comes; IWDG ends this too */
  }
}

void systick_in_frame(const uint32_t *frame) {
  time_tick();
  if (is_watched && now_ms() - fed_ms >= HUNG_MS) {
    hil_last_words_say(&last_words, HIL_CODE_WATCHDOG, now_ms(), frame[FRAME_PC]);
    restart_now();
  }
}

void exception_in_frame(const uint32_t *frame) {
  hil_last_words_say(&last_words, HIL_CODE_PROCESSOR, now_ms(), frame[FRAME_PC]);
  restart_now();
}

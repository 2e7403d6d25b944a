/* The watchdog is fed only when every part of the firmware has shown, since the last time, that it does its work: a
 * main loop that merely goes round is not enough. */
#ifndef HIL_WATCHDOG_H
#define HIL_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

typedef enum hil_part {
  HIL_PART_LINES = 1u << 0,   /* both lines were looked at */
  HIL_PART_SENSORS = 1u << 1, /* time passes and values are measured, so limits are watched */
  HIL_PARTS = (1u << 2) - 1u
} hil_part_t;

typedef struct hil_watchdog {
  uint32_t seen;
} hil_watchdog_t;

static inline void hil_watchdog_saw(hil_watchdog_t *watchdog, hil_part_t part) { watchdog->seen |= (uint32_t)part; }

/* True: feed it now. */
static inline bool hil_watchdog_is_due(hil_watchdog_t *watchdog) {
  if (watchdog->seen != HIL_PARTS) {
    return false;
  }
  watchdog->seen = 0;
  return true;
}

#endif

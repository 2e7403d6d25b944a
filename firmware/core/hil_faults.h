/* The fault log. It lies in memory that a restart does not clear, and is taken for what it is only when its check
 * is right. */
#ifndef HIL_FAULTS_H
#define HIL_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

#define HIL_FAULTS_MAX 16u
#define HIL_FAULT_TEXT_MAX 48u

/* Codes of faults and events: docs/protocol.md. Those of 0x100 and above are this firmware's own, and in the fault
 * log only. */
typedef enum hil_code {
  HIL_CODE_NONE = 0,
  HIL_CODE_LOST_BEHIND = 1,
  HIL_CODE_BACK_BEHIND = 2,
  HIL_CODE_OUTSIDE_WINDOW = 3,
  HIL_CODE_POWER_GOOD_TIMEOUT = 4,
  HIL_CODE_WATCHDOG = 5,
  HIL_CODE_PRESENCE = 6,
  HIL_CODE_PROCESSOR = 0x100
} hil_code_t;

typedef struct hil_fault {
  uint32_t at_ms; /* since the start in which it happened */
  uint16_t code;
  char text[HIL_FAULT_TEXT_MAX]; /* ended by 00 */
} hil_fault_t;

typedef struct hil_faults {
  uint32_t mark;
  uint32_t starts; /* since the power came */
  uint8_t count;
  uint8_t newest;
  hil_fault_t entries[HIL_FAULTS_MAX];
  uint32_t check; /* CRC-32C of all before it */
} hil_faults_t;

/* What a handler that never returns leaves behind for the next start: it may have interrupted anything, also the
 * log. */
typedef struct hil_last_words {
  uint32_t mark;
  uint32_t code; /* hil_code_t */
  uint32_t at_ms;
  uint32_t where; /* program counter */
} hil_last_words_t;

/* Counts a start. Contents that are not a fault log are emptied: false. */
bool hil_faults_begin(hil_faults_t *faults);
bool hil_faults_are_sound(const hil_faults_t *faults);
void hil_faults_clear(hil_faults_t *faults);
void hil_faults_add(hil_faults_t *faults, hil_code_t code, uint32_t at_ms, const char *text);

/* 0: the newest. NULL when there is none. */
const hil_fault_t *hil_faults_at(const hil_faults_t *faults, uint8_t index);

void hil_last_words_say(hil_last_words_t *words, hil_code_t code, uint32_t at_ms, uint32_t where);

/* Moves them to the fault log. Returns their code; HIL_CODE_NONE when there are none. */
hil_code_t hil_last_words_take(hil_last_words_t *words, hil_faults_t *faults);

#endif

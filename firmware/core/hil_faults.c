#include "hil_faults.h"

#include "hil_link.h"
#include "hil_text.h"

#include <string.h>

#define FAULTS_MARK 0x46415531u /* "1UAF" */
#define WORDS_MARK 0x4C415354u

static uint32_t check_of(const hil_faults_t *faults) {
  return hil_crc32c((const uint8_t *)faults, offsetof(hil_faults_t, check));
}

bool hil_faults_are_sound(const hil_faults_t *faults) {
  return faults->mark == FAULTS_MARK && faults->count <= HIL_FAULTS_MAX && faults->newest < HIL_FAULTS_MAX &&
         faults->check == check_of(faults);
}

bool hil_faults_begin(hil_faults_t *faults) {
  bool is_kept = hil_faults_are_sound(faults);
  if (!is_kept) {
    memset(faults, 0, sizeof *faults);
    faults->mark = FAULTS_MARK;
  }
  faults->starts++;
  faults->check = check_of(faults);
  return is_kept;
}

void hil_faults_clear(hil_faults_t *faults) {
  faults->count = 0;
  faults->check = check_of(faults);
}

void hil_faults_add(hil_faults_t *faults, hil_code_t code, uint32_t at_ms, const char *text) {
  faults->newest = (uint8_t)((faults->newest + 1u) % HIL_FAULTS_MAX);
  faults->count = faults->count < HIL_FAULTS_MAX ? (uint8_t)(faults->count + 1u) : (uint8_t)HIL_FAULTS_MAX;
  hil_fault_t *fault = &faults->entries[faults->newest];
  memset(fault, 0, sizeof *fault);
  fault->at_ms = at_ms;
  fault->code = (uint16_t)code;
  hil_text_t line = hil_text_begin(fault->text, sizeof fault->text);
  hil_text_add(&line, text);
  faults->check = check_of(faults);
}

const hil_fault_t *hil_faults_at(const hil_faults_t *faults, uint8_t index) {
  if (index >= faults->count) {
    return NULL;
  }
  return &faults->entries[(faults->newest + HIL_FAULTS_MAX - index) % HIL_FAULTS_MAX];
}

void hil_last_words_say(hil_last_words_t *words, hil_code_t code, uint32_t at_ms, uint32_t where) {
  words->code = (uint32_t)code;
  words->at_ms = at_ms;
  words->where = where;
  words->mark = WORDS_MARK; /* last: nothing half said */
}

hil_code_t hil_last_words_take(hil_last_words_t *words, hil_faults_t *faults) {
  if (words->mark != WORDS_MARK) {
    return HIL_CODE_NONE;
  }
  words->mark = 0;
  hil_code_t code = words->code == HIL_CODE_WATCHDOG ? HIL_CODE_WATCHDOG : HIL_CODE_PROCESSOR;
  char line[HIL_FAULT_TEXT_MAX];
  hil_text_t text = hil_text_begin(line, sizeof line);
  hil_text_add(&text, code == HIL_CODE_WATCHDOG ? "the watchdog bit at 0x" : "processor exception at 0x");
  hil_text_add_unsigned(&text, words->where, 16);
  hil_faults_add(faults, code, words->at_ms, line);
  return code;
}

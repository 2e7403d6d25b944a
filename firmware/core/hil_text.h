/* Short lines for people, put together without a C library. What does not fit is left out; the line always ends. */
#ifndef HIL_TEXT_H
#define HIL_TEXT_H

#include <stddef.h>
#include <stdint.h>

typedef struct hil_text {
  char *line;
  size_t length;
  size_t room; /* with the 00 at the end */
} hil_text_t;

static inline void hil_text_add(hil_text_t *text, const char *more) {
  while (*more != '\0' && text->length + 1 < text->room) {
    text->line[text->length++] = *more++;
  }
  text->line[text->length] = '\0';
}

static inline hil_text_t hil_text_begin(char *line, size_t room) {
  hil_text_t text = {line, 0, room};
  hil_text_add(&text, "");
  return text;
}

static inline void hil_text_add_unsigned(hil_text_t *text, uint32_t value, uint32_t base) {
  char digits[11];
  size_t at = sizeof digits - 1;
  digits[at] = '\0';
  do {
    digits[--at] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value > 0);
  hil_text_add(text, &digits[at]);
}

static inline void hil_text_add_number(hil_text_t *text, int32_t value) {
  if (value < 0) {
    hil_text_add(text, "-");
  }
  hil_text_add_unsigned(text, value < 0 ? 0u - (uint32_t)value : (uint32_t)value, 10);
}

static inline size_t hil_text_length(const char *line) {
  size_t length = 0;
  while (line[length] != '\0') {
    length++;
  }
  return length;
}

#endif

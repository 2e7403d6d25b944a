#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void text_clear(struct text *text) {
  text->length = 0;
  text_add(text, "%s", "");
}

void text_cut(struct text *text, size_t length) {
  text->length = length;
  text->bytes[length] = 0;
}

void text_add(struct text *text, const char *format, ...) {
  va_list arguments;
  int n;
  va_start(arguments, format);
  n = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  if (text->length + (size_t)n + 1 > text->room) {
    text->room = 2 * (text->length + (size_t)n + 1);
    text->bytes = realloc(text->bytes, text->room);
    if (!text->bytes) {
      abort();
    }
  }
  va_start(arguments, format);
  vsnprintf(text->bytes + text->length, text->room - text->length, format, arguments);
  va_end(arguments);
  text->length += (size_t)n;
}

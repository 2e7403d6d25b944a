/* A text that grows. */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>

struct text {
  char *bytes;
  size_t length, room;
};

void text_clear(struct text *text);
void text_cut(struct text *text, size_t length);
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif

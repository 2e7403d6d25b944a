/* Built with -fno-tree-loop-distribute-patterns: else the compiler makes of these loops calls of themselves. */
#include "string.h"

#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t count) {
  uint8_t *at = to;
  const uint8_t *bytes = from;
  while (count-- > 0) {
    *at++ = *bytes++;
  }
  return to;
}

void *memmove(void *to, const void *from, size_t count) {
  uint8_t *at = to;
  const uint8_t *bytes = from;
  if ((uintptr_t)to <= (uintptr_t)from) {
    while (count-- > 0) {
      *at++ = *bytes++;
    }
    return to;
  }
  while (count-- > 0) {
    at[count] = bytes[count];
  }
  return to;
}

void *memset(void *to, int value, size_t count) {
  uint8_t *at = to;
  while (count-- > 0) {
    *at++ = (uint8_t)value;
  }
  return to;
}

int memcmp(const void *one, const void *other, size_t count) {
  const uint8_t *a = one;
  const uint8_t *b = other;
  for (size_t i = 0; i < count; i++) {
    if (a[i] != b[i]) {
      return a[i] < b[i] ? -1 : 1;
    }
  }
  return 0;
}

/* Little-endian numbers in bytes. */
#ifndef HIL_BYTES_H
#define HIL_BYTES_H

#include <stdint.h>

static inline uint16_t hil_get16(const uint8_t *bytes) { return (uint16_t)(bytes[0] | (uint16_t)(bytes[1] << 8)); }

static inline uint32_t hil_get32(const uint8_t *bytes) {
  return (uint32_t)hil_get16(bytes) | ((uint32_t)hil_get16(bytes + 2) << 16);
}

static inline void hil_put16(uint8_t *bytes, uint32_t value) {
  bytes[0] = (uint8_t)value;
  bytes[1] = (uint8_t)(value >> 8);
}

static inline void hil_put32(uint8_t *bytes, uint32_t value) {
  hil_put16(bytes, value);
  hil_put16(bytes + 2, value >> 16);
}

#endif

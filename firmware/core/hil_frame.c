/* CRC and byte stuffing. Source: docs/protocol.md, FRM-1 and COBS-1 to COBS-6. */
#include "hil_link.h"

#include <string.h>

uint32_t hil_crc32c(const uint8_t *bytes, size_t count) {
  /* Castagnoli, reflected, four bits at a time: 64 bytes of table. */
  static const uint32_t table[16] = {
      0x00000000u, 0x105EC76Fu, 0x20BD8EDEu, 0x30E349B1u, 0x417B1DBCu, 0x5125DAD3u, 0x61C69362u, 0x7198540Du,
      0x82F63B78u, 0x92A8FC17u, 0xA24BB5A6u, 0xB21572C9u, 0xC38D26C4u, 0xD3D3E1ABu, 0xE330A81Au, 0xF36E6F75u};
  uint32_t crc = 0xFFFFFFFFu;
  for (size_t i = 0; i < count; i++) {
    crc ^= bytes[i];
    crc = (crc >> 4) ^ table[crc & 15u];
    crc = (crc >> 4) ^ table[crc & 15u];
  }
  return ~crc;
}

size_t hil_cobs_encode(const uint8_t *plain, size_t count, uint8_t *encoded) {
  size_t code_at = 0;
  size_t written = 1;
  uint8_t code = 1;
  for (size_t i = 0; i < count; i++) {
    if (plain[i] != 0) {
      encoded[written++] = plain[i];
      code++;
      if (code < 0xFFu || i + 1 == count) {
        continue; /* a full block that ends the data needs no other behind it */
      }
    }
    encoded[code_at] = code;
    code_at = written++;
    code = 1;
  }
  encoded[code_at] = code;
  return written;
}

bool hil_cobs_decode(const uint8_t *encoded, size_t count, uint8_t *plain, size_t *length) {
  size_t at = 0;
  size_t written = 0;
  while (at < count) {
    uint8_t code = encoded[at];
    if (code == 0 || code > count - at) {
      return false;
    }
    memcpy(&plain[written], &encoded[at + 1], (size_t)code - 1);
    written += (size_t)code - 1;
    at += code;
    if (code < 0xFFu && at < count) {
      plain[written++] = 0;
    }
  }
  *length = written;
  return true;
}

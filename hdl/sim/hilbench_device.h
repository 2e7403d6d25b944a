/* HilBench native device ABI, version 1.
 *
 * A device is a shared library that exports the functions below with C linkage. HilBench loads it with the device URI
 * lib:/path/libmydevice.so?options (its own Verilated reference device with rtl:). All sizes are in bytes, all times in
 * device clock cycles. A device is opened, used and closed on one thread; two devices may be open at once.
 *
 * TLPs are non-flit mode, in wire order: big-endian DWs, prefixes first, payload bytes in address order. No digest, no
 * link-layer sequence number or LCRC.
 */
#ifndef HILBENCH_DEVICE_H
#define HILBENCH_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HIL_ABI_VERSION 1

/* The largest TLP either side may hand over: prefix, 4-DW header, 1024 DWs of payload. */
#define HIL_TLP_MAX 4116

typedef struct hil_device hil_device;

/* HIL_ABI_VERSION of the header that the library was built with. */
uint32_t hil_abi_version(void);

/* options: the URI's query, "key=value&...", never NULL. On failure: NULL, and a message that ends in 0 in error. */
hil_device *hil_open(const char *options, char *error, size_t error_size);
void hil_close(hil_device *device);

/* One JSON object: name, version, clock_hz, snapshot (bool), wave (bool), faults (array of ids). Valid until close. */
const char *hil_describe(hil_device *device);

/* kind: 0 fundamental, 1 hot. The cycle counter goes on. */
void hil_reset(hil_device *device, int kind);

/* Offer one TLP. 1 taken, 0 no room now, <0 malformed for this device. */
int hil_send(hil_device *device, const uint8_t *tlp, size_t size);

/* Take one TLP that the device emitted: its size, 0 none, <0 buffer too small. */
int hil_receive(hil_device *device, uint8_t *tlp, size_t capacity);

/* Run until max_cycles have passed or a TLP is ready to be received; returns cycles run. */
uint64_t hil_run(hil_device *device, uint64_t max_cycles);

/* Cycles since open. */
uint64_t hil_cycles(hil_device *device);

/* ---- Many of the above in one call. Optional: without it the host calls send, run and receive in a loop. ----
 *
 * Both buffers hold records back to back, each 8-byte aligned:
 *
 *   offset 0   uint64_t cycle    in: do not offer the TLP before this cycle; out: the cycle in which it was complete
 *   offset 8   uint32_t size     bytes of the TLP
 *   offset 12  uint32_t reserved 0
 *   offset 16  TLP, then zero bytes up to a multiple of 8
 *
 * TLPs are offered in order; one that finds no room holds those behind it. The run ends when the device clock reaches
 * until_cycle, or linger_cycles after the first TLP came out, or when the next TLP might not fit into the out buffer
 * (less than HIL_TLP_MAX + 24 bytes left). TLPs of one call that were not taken stay with the host (in_taken).
 */
typedef struct hil_exchange {
  uint64_t until_cycle;   /* host sets: absolute device cycle */
  uint64_t linger_cycles; /* host sets: 0 = return with the first TLP */
  const uint8_t *in;      /* host sets */
  uint8_t *out;           /* host sets */
  uint32_t in_size;       /* host sets: bytes of records */
  uint32_t in_taken;      /* device sets: bytes of records consumed */
  uint32_t out_capacity;  /* host sets */
  uint32_t out_size;      /* device sets: bytes of records */
  uint64_t cycle;         /* device sets: the device clock at return */
} hil_exchange;

/* 0 done; <0 the record at in_taken is malformed for this device (nothing after it was offered). */
int hil_exchange_run(hil_device *device, hil_exchange *exchange);

/* ---- Optional abilities; a missing symbol means the same as "cannot". ---- */

size_t hil_snapshot_size(hil_device *device); /* 0: cannot */
int hil_save(hil_device *device, void *image, size_t size);          /* 0 done */
int hil_restore(hil_device *device, const void *image, size_t size); /* 0 done */

int hil_wave(hil_device *device, const char *path);             /* start (NULL: stop) an FST wave; <0: not built in */
const char *hil_coverage(hil_device *device, const char *path); /* write coverage data; NULL on success or a message */
uint64_t hil_covered(hil_device *device); /* points of coverage (lines, toggles) reached since hil_open; never falls */

#ifdef __cplusplus
}
#endif
#endif

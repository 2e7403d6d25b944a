/* The closed loop of the benchmark, written by hand: what is possible on this device without HilBench. */
#ifndef HILBENCH_CLOSED_LOOP_H
#define HILBENCH_CLOSED_LOOP_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hil_loop hil_loop;

/* The host's page table as a flat list: page i of the buffer lies at va + 4096 i. */
typedef struct hil_loop_setup {
  uint64_t va;              /* first byte of the buffer, 2 MiB aligned */
  uint64_t memory_bytes;    /* physical memory */
  const uint64_t *entries;  /* for each page the 64-bit Translation Completion entry of the block that holds it */
  uint32_t pages;
  uint32_t pasid;
  uint32_t latency_cycles;      /* host to device */
  uint32_t reads_of_4;          /* of 4 operations so many read, the others write */
  uint32_t operations_per_invalidation;
  uint32_t reserved;
  uint64_t seed;
} hil_loop_setup;

typedef struct hil_loop_totals {
  uint64_t transactions; /* operations ended and invalidations completed */
  uint64_t cycles;       /* device clock since the loop began */
  uint64_t tlps;         /* both ways */
  uint64_t hash;         /* over every TLP of the device and its cycle */
} hil_loop_totals;

/* Opens the device library and brings the function up. NULL and a message on failure. */
hil_loop *hil_loop_open(const char *library, const hil_loop_setup *setup, char *error, size_t error_size);
/* Goes on until at least so many transactions in all have ended. Returns 0, or -1 when the device stands still. */
int hil_loop_run(hil_loop *loop, uint64_t transactions, hil_loop_totals *totals);
void hil_loop_close(hil_loop *loop);

#ifdef __cplusplus
}
#endif
#endif

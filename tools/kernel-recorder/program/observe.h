/* What is seen from outside a process: page-table runs, VMAs, callbacks; written as the trace format wants them. */
#ifndef OBSERVE_H
#define OBSERVE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "text.h"

/* Names of page frames and swap slots: the same while they stay in a page table, never used twice. */
void names_reset(void);
/* A walk belongs to this step; what was not seen in the step before gets a new name. */
void names_step(uint32_t step);

/* The runs of one process as a JSON array; each run is preceded by `separator`. False when there is none. */
bool observe_pages(int device, pid_t pid, struct text *out, const char *separator);
/* The VMAs of one process, likewise. */
bool observe_vmas(pid_t pid, struct text *out, const char *separator);
/* The callbacks from `*next` on that overlap the region, as lines; `tlb` is the name of this kernel's TLB callback.
   Returns how many were lost for want of room. */
uint32_t observe_events(int device, const char *tlb, uint32_t *next, struct text *out);

#endif

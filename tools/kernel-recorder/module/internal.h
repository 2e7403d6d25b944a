/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HIL_RECORDER_INTERNAL_H
#define HIL_RECORDER_INTERNAL_H

#include <linux/mm.h>

#include "recorder.h"

/* notifiers.c */
int rec_events_init(void);
void rec_events_exit(void);
void rec_step(u32 step);
void rec_reset(void);
int rec_register(const struct rec_register *request);
int rec_unregister(u32 mm);
int rec_interval_add(const struct rec_interval *request);
int rec_interval_del(u32 index);
int rec_events_copy(struct rec_events *request);

/* frames.c */
int rec_frames_init(void);
void rec_frames_exit(void);
u32 rec_generation(unsigned long pfn);
unsigned long rec_lookup(const char *name);

/* walk.c */
int rec_walk_init(void);
int rec_walk(struct rec_walk *request);

/* device.c */
int rec_pin(struct rec_range *request);
void rec_unpin(void);
int rec_hmm_fault(struct rec_range *request);
int rec_migrate_vma(struct rec_range *request);

#endif

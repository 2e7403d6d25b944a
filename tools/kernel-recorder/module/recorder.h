/* SPDX-License-Identifier: GPL-2.0 */
/* What the recorder module and the program that drives it say to each other through /dev/hil-recorder. */
#ifndef HIL_RECORDER_H
#define HIL_RECORDER_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* What is watched: callbacks elsewhere are not kept. */
#define REGION_BASE 0x1000000000ull
#define REGION_BYTES 0x1000000ull

enum rec_op {
  REC_OP_START,
  REC_OP_END,
  REC_OP_INV, /* invalidate_range up to 6.5, arch_invalidate_secondary_tlbs from 6.6 on */
  REC_OP_CHANGE_PTE,
  REC_OP_CLEAR_FLUSH_YOUNG,
  REC_OP_CLEAR_YOUNG,
  REC_OP_TEST_YOUNG,
  REC_OP_RELEASE,
  REC_OP_INTERVAL,
};

enum rec_event_flag {
  REC_BLOCKABLE = 1,
  REC_OWNER = 2,
  REC_VMA = 4,
  REC_ATOMIC = 8,
  REC_IRQS_OFF = 16,
  REC_WRITABLE = 32,
  REC_PAGE = 64,
};

enum rec_by { REC_BY_SELF, REC_BY_OTHER, REC_BY_KERNEL };

#define REC_FRAMES 28

/* One callback. Addresses are virtual, [start, end), as the kernel passed them. */
struct rec_event {
  __u32 step;
  __u8 mm; /* 0 parent, 1 child */
  __u8 op;
  __u8 event;
  __u8 flags;
  __u64 start, end;
  __u64 vma_start, vma_end;
  __u64 pfn; /* of a change_pte */
  __u32 generation;
  __s32 answer;
  __u32 interval;
  __u8 by;
  __u8 frames;
  __u8 reserved[2];
  char comm[16];
  __u64 site[REC_FRAMES];
};

enum rec_entry_kind {
  REC_PRESENT,
  REC_PROTNONE,
  REC_SWAP,
  REC_HWPOISON,
  REC_MARKER,
  REC_MIGRATION,
  REC_EXCLUSIVE,
};

enum rec_page_kind {
  REC_PAGE_NONE,
  REC_PAGE_ANON,
  REC_PAGE_FILE,
  REC_PAGE_KSM,
  REC_PAGE_HUGETLB,
  REC_PAGE_ZERO,
  REC_PAGE_HUGE_ZERO,
};

enum rec_entry_flag {
  REC_W = 1,
  REC_D = 2,
  REC_A = 4,
  REC_S = 8,
  REC_U = 16,
  REC_E = 32,
  REC_X = 64,
};

/* One page-table entry. */
struct rec_entry {
  __u64 address;
  __u64 pfn;  /* of the page; the swap slot of a swap entry */
  __u64 head; /* first frame of the folio */
  __u32 generation; /* how often the folio's first frame was freed */
  __u32 mapcount;
  __u8 huge; /* a PMD entry */
  __u8 entry;
  __u8 page;
  __u8 order;
  __u8 flags;
  __u8 reserved[3];
};

struct rec_register {
  __u32 mm; /* 0 parent, 1 child */
  __u32 norange, eagain;
};

struct rec_interval {
  __u32 mm, index;
  __u64 start, length;
};

struct rec_walk {
  __u32 pid, max;
  __u64 start, end;
  __u64 entries; /* struct rec_entry[max] */
  __u32 count;
  __u32 reserved;
};

struct rec_events {
  __u64 events; /* struct rec_event[max] */
  __u32 first, max;
  __u32 count, lost;
};

struct rec_symbol {
  __u64 address;
  char name[120];
};

/* A device-like operation on the caller's memory. */
struct rec_range {
  __u64 start, length;
  __u32 write, longterm, abort;
  __u32 count;
};

#define REC_IOC 'h'
#define REC_RESET _IO(REC_IOC, 1)            /* stop, forget everything */
#define REC_STEP _IOW(REC_IOC, 2, __u32)     /* what follows belongs to this step; 0 stops recording */
#define REC_REGISTER _IOW(REC_IOC, 3, struct rec_register)
#define REC_UNREGISTER _IOW(REC_IOC, 4, __u32)
#define REC_INTERVAL_ADD _IOW(REC_IOC, 5, struct rec_interval)
#define REC_INTERVAL_DEL _IOW(REC_IOC, 6, __u32)
#define REC_WALK _IOWR(REC_IOC, 7, struct rec_walk)
#define REC_EVENTS _IOWR(REC_IOC, 8, struct rec_events)
#define REC_SYMBOL _IOWR(REC_IOC, 9, struct rec_symbol)
#define REC_BLOCK _IO(REC_IOC, 10)
#define REC_UNBLOCK _IO(REC_IOC, 11)
#define REC_PIN _IOWR(REC_IOC, 12, struct rec_range)
#define REC_UNPIN _IO(REC_IOC, 13)
#define REC_HMM_FAULT _IOWR(REC_IOC, 14, struct rec_range)
#define REC_MIGRATE_VMA _IOWR(REC_IOC, 15, struct rec_range)

#endif

// SPDX-License-Identifier: GPL-2.0
/* Tells a page frame from the next one at the same address: counts how often each frame was freed. */
#include <linux/kprobes.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <linux/vmalloc.h>

#include "internal.h"

#define FRAMES_MAX (1ul << 20) /* 4 GiB */

static u32 *generations;
static struct tracepoint *page_free;
static unsigned long (*lookup_name)(const char *name);

/* kallsyms_lookup_name is not exported; a kprobe finds it. */
unsigned long rec_lookup(const char *name)
{
  if (!lookup_name) {
    struct kprobe probe = {.symbol_name = "kallsyms_lookup_name"};

    if (register_kprobe(&probe))
      return 0;
    lookup_name = (void *)probe.addr;
    unregister_kprobe(&probe);
  }
  return lookup_name(name);
}

u32 rec_generation(unsigned long pfn)
{
  return pfn < FRAMES_MAX ? READ_ONCE(generations[pfn]) : 0;
}

/* Every page that goes back to the allocator passes mm_page_free. */
static void on_page_free(void *data, struct page *page, unsigned int order)
{
  unsigned long pfn = page_to_pfn(page);
  unsigned long end = min(pfn + (1ul << order), FRAMES_MAX);

  for (; pfn < end; pfn++)
    WRITE_ONCE(generations[pfn], generations[pfn] + 1);
}

static void find_page_free(struct tracepoint *point, void *data)
{
  if (!strcmp(point->name, "mm_page_free"))
    page_free = point;
}

int rec_frames_init(void)
{
  int error;

  generations = vzalloc(FRAMES_MAX * sizeof(*generations));
  if (!generations)
    return -ENOMEM;
  for_each_kernel_tracepoint(find_page_free, NULL);
  error = page_free ? tracepoint_probe_register(page_free, on_page_free, NULL) : -ENOENT;
  if (error)
    vfree(generations);
  return error;
}

void rec_frames_exit(void)
{
  tracepoint_probe_unregister(page_free, on_page_free, NULL);
  tracepoint_synchronize_unregister();
  vfree(generations);
}

// SPDX-License-Identifier: GPL-2.0
/* The subscriptions and the buffer of what they were told. */
#include <linux/irqflags.h>
#include <linux/mmu_notifier.h>
#include <linux/preempt.h>
#include <linux/sched/mm.h>
#include <linux/stacktrace.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/vmalloc.h>

#include "internal.h"

#define EVENTS_MAX 40000u
#define INTERVALS_MAX 16u

/* From 6.6 on one subscription may not have both start/end and the TLB callback. */
#define TWO_SUBSCRIPTIONS (LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0))

struct subscription {
  struct mmu_notifier ranges;
  struct mmu_notifier tlb;
  struct mm_struct *mm;
  bool registered, tlb_registered, eagain;
};

struct interval {
  struct mmu_interval_notifier notifier;
  u32 mm;
  bool inserted;
};

static struct rec_event *events;
static atomic_t event_count;
static u32 current_step;
static struct subscription subscriptions[2];
static struct interval intervals[INTERVALS_MAX];

static u8 origin(const struct mm_struct *mm)
{
  if (current->flags & PF_KTHREAD)
    return REC_BY_KERNEL;
  return current->mm == mm ? REC_BY_SELF : REC_BY_OTHER;
}

/* Callable from every context; NULL when nothing is to be recorded. */
static struct rec_event *add_event(u32 mm_index, struct mm_struct *mm, u8 op, u64 start, u64 end)
{
  unsigned long frames[REC_FRAMES];
  struct rec_event *event;
  unsigned int i, n;
  u8 flags = (in_atomic() ? REC_ATOMIC : 0) | (irqs_disabled() ? REC_IRQS_OFF : 0);

  if (!READ_ONCE(current_step) ||
      (op != REC_OP_RELEASE && (end <= REGION_BASE || start >= REGION_BASE + REGION_BYTES)))
    return NULL;
  n = (unsigned int)atomic_inc_return(&event_count) - 1;
  if (n >= EVENTS_MAX)
    return NULL;
  event = &events[n];
  memset(event, 0, sizeof(*event));
  event->step = current_step;
  event->mm = mm_index;
  event->op = op;
  event->flags = flags;
  event->start = start;
  event->end = end;
  event->by = origin(mm);
  memcpy(event->comm, current->comm, sizeof(event->comm));
  event->frames = stack_trace_save(frames, REC_FRAMES, 0);
  for (i = 0; i < event->frames; i++)
    event->site[i] = frames[i];
  return event;
}

static void describe_range(struct rec_event *event, const struct mmu_notifier_range *range)
{
  if (!event)
    return;
  event->event = range->event;
  event->flags |= mmu_notifier_range_blockable(range) ? REC_BLOCKABLE : 0;
  event->flags |= range->owner ? REC_OWNER : 0;
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
  if (range->vma) {
    event->flags |= REC_VMA;
    event->vma_start = range->vma->vm_start;
    event->vma_end = range->vma->vm_end;
  }
#endif
}

static u32 index_of(struct mm_struct *mm)
{
  return subscriptions[0].mm == mm ? 0 : 1;
}

static int on_start(struct mmu_notifier *mn, const struct mmu_notifier_range *range)
{
  u32 i = index_of(range->mm);
  struct rec_event *event = add_event(i, range->mm, REC_OP_START, range->start, range->end);
  int answer = subscriptions[i].eagain && !mmu_notifier_range_blockable(range) ? -EAGAIN : 0;

  describe_range(event, range);
  if (event)
    event->answer = answer;
  return answer;
}

static void on_end(struct mmu_notifier *mn, const struct mmu_notifier_range *range)
{
  describe_range(add_event(index_of(range->mm), range->mm, REC_OP_END, range->start, range->end), range);
}

static void on_inv(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long start, unsigned long end)
{
  add_event(index_of(mm), mm, REC_OP_INV, start, end);
}

static int on_clear_flush_young(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long start, unsigned long end)
{
  add_event(index_of(mm), mm, REC_OP_CLEAR_FLUSH_YOUNG, start, end);
  return 0;
}

static int on_clear_young(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long start, unsigned long end)
{
  add_event(index_of(mm), mm, REC_OP_CLEAR_YOUNG, start, end);
  return 0;
}

static int on_test_young(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long address)
{
  add_event(index_of(mm), mm, REC_OP_TEST_YOUNG, address, address + 1);
  return 0;
}

static void on_release(struct mmu_notifier *mn, struct mm_struct *mm)
{
  add_event(index_of(mm), mm, REC_OP_RELEASE, 0, 0);
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
static void on_change_pte(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long address, pte_t pte)
{
  struct rec_event *event = add_event(index_of(mm), mm, REC_OP_CHANGE_PTE, address, address + PAGE_SIZE);

  if (!event)
    return;
  event->flags |= pte_write(pte) ? REC_WRITABLE : 0;
  if (pte_present(pte) && pfn_valid(pte_pfn(pte)) && !is_zero_pfn(pte_pfn(pte))) {
    event->flags |= REC_PAGE;
    event->pfn = pte_pfn(pte);
    event->generation = rec_generation(event->pfn);
  }
}
#endif

static bool on_interval(struct mmu_interval_notifier *mni, const struct mmu_notifier_range *range, unsigned long seq)
{
  struct interval *interval = container_of(mni, struct interval, notifier);
  struct rec_event *event = add_event(interval->mm, range->mm, REC_OP_INTERVAL, range->start, range->end);

  describe_range(event, range);
  if (event)
    event->interval = interval - intervals;
  mmu_interval_set_seq(mni, seq);
  return true;
}

#define YOUNG_AND_RELEASE                                                                                      \
  .clear_flush_young = on_clear_flush_young, .clear_young = on_clear_young, .test_young = on_test_young,       \
  .release = on_release

/* A start that refuses must not have an end: nothing would tell the end what was refused. */
static const struct mmu_notifier_ops eagain_ops = {
  .invalidate_range_start = on_start,
#if !TWO_SUBSCRIPTIONS
  .invalidate_range = on_inv,
#endif
  YOUNG_AND_RELEASE,
};

#if TWO_SUBSCRIPTIONS
static const struct mmu_notifier_ops range_ops = {
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
  .change_pte = on_change_pte,
#endif
  .invalidate_range_start = on_start,
  .invalidate_range_end = on_end,
  YOUNG_AND_RELEASE,
};
static const struct mmu_notifier_ops tlb_ops = {.arch_invalidate_secondary_tlbs = on_inv};
#else
static const struct mmu_notifier_ops range_ops = {
  .invalidate_range_start = on_start,
  .invalidate_range_end = on_end,
  .invalidate_range = on_inv,
  .change_pte = on_change_pte,
  YOUNG_AND_RELEASE,
};
static const struct mmu_notifier_ops norange_ops = {
  .invalidate_range_start = on_start,
  .invalidate_range_end = on_end,
  .change_pte = on_change_pte,
  YOUNG_AND_RELEASE,
};
#endif

static const struct mmu_interval_notifier_ops interval_ops = {.invalidate = on_interval};

int rec_register(const struct rec_register *request)
{
  struct subscription *s = request->mm < 2 ? &subscriptions[request->mm] : NULL;
  int error;

  if (!s || (s->registered && s->mm == current->mm))
    return -EBUSY;
  rec_unregister(request->mm); /* of a child that is gone */
  memset(s, 0, sizeof(*s));
  s->mm = current->mm;
  s->eagain = request->eagain;
  s->ranges.ops = request->eagain ? &eagain_ops : &range_ops;
#if TWO_SUBSCRIPTIONS
  if (!request->norange) {
    s->tlb.ops = &tlb_ops;
    error = mmu_notifier_register(&s->tlb, s->mm);
    if (error)
      return error;
    s->tlb_registered = true;
  }
#else
  if (request->norange)
    s->ranges.ops = &norange_ops;
#endif
  error = mmu_notifier_register(&s->ranges, s->mm);
  s->registered = !error;
  return error;
}

int rec_unregister(u32 mm)
{
  struct subscription *s = mm < 2 ? &subscriptions[mm] : NULL;

  if (!s || !s->mm)
    return -ENOENT;
  if (s->registered)
    mmu_notifier_unregister(&s->ranges, s->mm);
  if (s->tlb_registered)
    mmu_notifier_unregister(&s->tlb, s->mm);
  s->registered = s->tlb_registered = false;
  return 0;
}

int rec_interval_add(const struct rec_interval *request)
{
  struct interval *interval = request->index < INTERVALS_MAX ? &intervals[request->index] : NULL;
  int error;

  if (!interval || request->mm > 1 || interval->inserted)
    return -EBUSY;
  interval->mm = request->mm;
  error = mmu_interval_notifier_insert(&interval->notifier, current->mm, request->start, request->length,
                                       &interval_ops);
  interval->inserted = !error;
  return error;
}

int rec_interval_del(u32 index)
{
  if (index >= INTERVALS_MAX || !intervals[index].inserted)
    return -ENOENT;
  mmu_interval_notifier_remove(&intervals[index].notifier);
  intervals[index].inserted = false;
  return 0;
}

void rec_step(u32 step)
{
  WRITE_ONCE(current_step, step);
}

void rec_reset(void)
{
  u32 i;

  rec_step(0);
  for (i = 0; i < INTERVALS_MAX; i++)
    rec_interval_del(i);
  for (i = 0; i < 2; i++)
    rec_unregister(i);
  mmu_notifier_synchronize();
  memset(subscriptions, 0, sizeof(subscriptions));
  memset(intervals, 0, sizeof(intervals));
  atomic_set(&event_count, 0);
}

int rec_events_copy(struct rec_events *request)
{
  u32 have = min_t(u32, atomic_read(&event_count), EVENTS_MAX);

  request->lost = atomic_read(&event_count) - have;
  request->count = request->first < have ? min(request->max, have - request->first) : 0;
  if (copy_to_user(u64_to_user_ptr(request->events), events + request->first,
                   request->count * sizeof(*events)))
    return -EFAULT;
  return 0;
}

int rec_events_init(void)
{
  events = vzalloc(EVENTS_MAX * sizeof(*events));
  return events ? 0 : -ENOMEM;
}

void rec_events_exit(void)
{
  rec_reset();
  vfree(events);
}

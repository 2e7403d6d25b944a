// SPDX-License-Identifier: GPL-2.0
/* What device drivers do with a process's memory: pin it, fault it in, migrate it. */
#include <linux/hmm.h>
#include <linux/migrate.h>
#include <linux/mmu_notifier.h>
#include <linux/pagemap.h>
#include <linux/version.h>

#include "internal.h"

#define PAGES_MAX 512u

static struct page *pinned[PAGES_MAX];
static unsigned int pinned_count;

int rec_pin(struct rec_range *request)
{
  unsigned long n = request->length >> PAGE_SHIFT;
  long got;

  if (pinned_count || n > PAGES_MAX)
    return -EBUSY;
  mmap_read_lock(current->mm);
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
  got = pin_user_pages(request->start, n, (request->write ? FOLL_WRITE : 0) | (request->longterm ? FOLL_LONGTERM : 0),
                       pinned, NULL);
#else
  got = pin_user_pages(request->start, n, (request->write ? FOLL_WRITE : 0) | (request->longterm ? FOLL_LONGTERM : 0),
                       pinned);
#endif
  mmap_read_unlock(current->mm);
  if (got < 0)
    return got;
  pinned_count = request->count = got;
  return 0;
}

void rec_unpin(void)
{
  unpin_user_pages(pinned, pinned_count);
  pinned_count = 0;
}

static bool ignore(struct mmu_interval_notifier *notifier, const struct mmu_notifier_range *range, unsigned long seq)
{
  mmu_interval_set_seq(notifier, seq);
  return true;
}

static const struct mmu_interval_notifier_ops ignore_ops = {.invalidate = ignore};

int rec_hmm_fault(struct rec_range *request)
{
  static unsigned long frames[PAGES_MAX];
  struct mmu_interval_notifier notifier;
  struct hmm_range range = {
    .notifier = &notifier,
    .start = request->start,
    .end = request->start + request->length,
    .hmm_pfns = frames,
    .default_flags = HMM_PFN_REQ_FAULT | (request->write ? HMM_PFN_REQ_WRITE : 0),
  };
  int error, tries;

  if (request->length >> PAGE_SHIFT > PAGES_MAX)
    return -EINVAL;
  error = mmu_interval_notifier_insert(&notifier, current->mm, range.start, request->length, &ignore_ops);
  if (error)
    return error;
  for (tries = 0; tries < 16; tries++) {
    range.notifier_seq = mmu_interval_read_begin(&notifier);
    mmap_read_lock(current->mm);
    error = hmm_range_fault(&range);
    mmap_read_unlock(current->mm);
    if (error != -EBUSY)
      break;
  }
  mmu_interval_notifier_remove(&notifier);
  return error;
}

int rec_migrate_vma(struct rec_range *request)
{
  static unsigned long from[PAGES_MAX], to[PAGES_MAX];
  unsigned long i, n = request->length >> PAGE_SHIFT;
  static int owner;
  struct migrate_vma migration = {
    .start = request->start,
    .end = request->start + request->length,
    .src = from,
    .dst = to,
    .pgmap_owner = &owner,
    .flags = MIGRATE_VMA_SELECT_SYSTEM,
  };
  int error;

  if (n > PAGES_MAX)
    return -EINVAL;
  memset(from, 0, sizeof(from));
  memset(to, 0, sizeof(to));
  mmap_read_lock(current->mm);
  migration.vma = find_vma_intersection(current->mm, migration.start, migration.end);
  error = migration.vma ? migrate_vma_setup(&migration) : -EFAULT;
  if (!error) {
    for (i = 0; i < n && !request->abort; i++) {
      struct page *old = migrate_pfn_to_page(from[i]), *page;

      if (!(from[i] & MIGRATE_PFN_MIGRATE))
        continue;
      page = alloc_page_vma(GFP_HIGHUSER_MOVABLE, migration.vma, migration.start + i * PAGE_SIZE);
      if (!page)
        continue;
      lock_page(page);
      if (old)
        copy_highpage(page, old);
      else
        clear_highpage(page);
      to[i] = migrate_pfn(page_to_pfn(page));
    }
    migrate_vma_pages(&migration);
    migrate_vma_finalize(&migration);
    for (i = 0; i < n; i++)
      request->count += to[i] && (from[i] & MIGRATE_PFN_MIGRATE);
  }
  mmap_read_unlock(current->mm);
  return error;
}

// SPDX-License-Identifier: GPL-2.0
/* Reads the page table of a process, entry by entry. */
#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/swapops.h>
#include <linux/uaccess.h>
#include <linux/version.h>

#include "internal.h"

static unsigned long *huge_zero_frame;

struct cursor {
  struct rec_walk *request;
  int error;
};

static u32 mapcount_of(struct page *page)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
  return page_mapcount(page);
#else
  /* folio_precise_page_mapcount of fs/proc/internal.h */
  struct folio *folio = page_folio(page);
  int count = atomic_read(&page->_mapcount) + 1;

  if (page_mapcount_is_type(count))
    count = 0;
  if (folio_test_large(folio))
    count += folio_entire_mapcount(folio);
  return count;
#endif
}

static u8 page_kind(struct page *page, unsigned long pfn)
{
  struct folio *folio = page_folio(page);

  if (is_zero_pfn(pfn))
    return REC_PAGE_ZERO;
  if (huge_zero_frame && (pfn & ~511ul) == *huge_zero_frame)
    return REC_PAGE_HUGE_ZERO;
  if (folio_test_hugetlb(folio))
    return REC_PAGE_HUGETLB;
  if (PageKsm(page))
    return REC_PAGE_KSM;
  return folio_test_anon(folio) ? REC_PAGE_ANON : REC_PAGE_FILE;
}

/* The flag bits of a PMD entry are where those of a PTE are. */
static void present(struct rec_entry *e, pte_t pte, unsigned long pfn)
{
  e->entry = pte_protnone(pte) ? REC_PROTNONE : REC_PRESENT;
  e->flags = (pte_write(pte) ? REC_W : 0) | (pte_dirty(pte) ? REC_D : 0) | (pte_young(pte) ? REC_A : 0) |
             (pte_soft_dirty(pte) ? REC_S : 0) | (pte_uffd_wp(pte) ? REC_U : 0) | (pte_exec(pte) ? REC_X : 0);
  e->pfn = e->head = pfn;
  if (pfn_valid(pfn)) {
    struct page *page = pfn_to_page(pfn);
    struct folio *folio = page_folio(page);

    e->page = page_kind(page, pfn);
    e->order = folio_order(folio);
    e->head = folio_pfn(folio);
    e->mapcount = mapcount_of(page);
    if (folio_test_anon(folio) && !PageKsm(page) && PageAnonExclusive(page))
      e->flags |= REC_E;
  }
  e->generation = rec_generation(e->head);
}

static void not_present(struct rec_entry *e, pte_t pte)
{
  swp_entry_t entry = pte_to_swp_entry(pte);

  e->flags = (pte_swp_soft_dirty(pte) ? REC_S : 0) | (pte_swp_uffd_wp(pte) ? REC_U : 0);
  if (is_pte_marker(pte))
    e->entry = REC_MARKER;
  else if (is_hwpoison_entry(entry))
    e->entry = REC_HWPOISON;
  else if (is_migration_entry(entry))
    e->entry = REC_MIGRATION;
  else if (is_device_exclusive_entry(entry) || is_device_private_entry(entry))
    e->entry = REC_EXCLUSIVE;
  else {
    e->entry = REC_SWAP;
    e->flags |= pte_swp_exclusive(pte) ? REC_E : 0;
    e->pfn = entry.val;
  }
  if (e->entry == REC_HWPOISON || e->entry == REC_MARKER)
    e->flags &= REC_U;
}

static void put(struct cursor *c, const struct rec_entry *e)
{
  struct rec_entry __user *to = u64_to_user_ptr(c->request->entries);

  if (c->request->count >= c->request->max)
    c->error = -ENOSPC;
  else if (copy_to_user(to + c->request->count, e, sizeof(*e)))
    c->error = -EFAULT;
  else
    c->request->count++;
}

static void add_entry(struct cursor *c, unsigned long address, pte_t pte, unsigned long pfn, bool huge)
{
  struct rec_entry e = {.address = address, .huge = huge};

  if (pte_none(pte))
    return;
  if (pte_present(pte))
    present(&e, pte, pfn);
  else
    not_present(&e, pte);
  put(c, &e);
}

static void walk_pmd(struct cursor *c, pmd_t *pmdp, unsigned long address, unsigned long end)
{
  pmd_t pmd = READ_ONCE(*pmdp);
  pte_t *pte;

  if (pmd_none(pmd))
    return;
  if (!pmd_present(pmd) || (pmd_val(pmd) & _PAGE_PSE)) {
    add_entry(c, address & PMD_MASK, __pte(pmd_val(pmd)), pmd_present(pmd) ? pmd_pfn(pmd) : 0, true);
    return;
  }
  pte = (pte_t *)pmd_page_vaddr(pmd) + pte_index(address);
  for (; address < end && !c->error; address += PAGE_SIZE, pte++)
    add_entry(c, address, READ_ONCE(*pte), pte_pfn(READ_ONCE(*pte)), false);
}

static pmd_t *pmd_of(struct mm_struct *mm, unsigned long address)
{
  pgd_t *pgd = pgd_offset(mm, address);
  p4d_t *p4d;
  pud_t *pud;

  if (pgd_none(*pgd))
    return NULL;
  p4d = p4d_offset(pgd, address);
  if (p4d_none(*p4d))
    return NULL;
  pud = pud_offset(p4d, address);
  return pud_none(*pud) ? NULL : pmd_offset(pud, address);
}

int rec_walk(struct rec_walk *request)
{
  struct cursor c = {.request = request};
  struct pid *pid = find_get_pid(request->pid);
  struct task_struct *task = pid ? get_pid_task(pid, PIDTYPE_PID) : NULL;
  struct mm_struct *mm = task ? get_task_mm(task) : NULL;
  unsigned long address = request->start;

  request->count = 0;
  if (mm) {
    mmap_read_lock(mm);
    while (address < request->end && !c.error) {
      unsigned long next = min_t(unsigned long, (address & PMD_MASK) + PMD_SIZE, request->end);
      pmd_t *pmd = pmd_of(mm, address);

      if (pmd)
        walk_pmd(&c, pmd, address, next);
      address = next;
    }
    mmap_read_unlock(mm);
    mmput(mm);
  }
  if (task)
    put_task_struct(task);
  put_pid(pid);
  return c.error;
}

int rec_walk_init(void)
{
  huge_zero_frame = (unsigned long *)rec_lookup("huge_zero_pfn");
  return huge_zero_frame ? 0 : -ENOENT;
}

#include "observe.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "steps.h"

#define ENTRIES_MAX 8192u
#define NAMES 32768u

struct name {
  uint64_t key;
  uint32_t generation, seen, number;
};

static struct rec_entry entries[ENTRIES_MAX];
static struct name page_names[NAMES], slot_names[NAMES];
static uint32_t next_page, next_slot, current_step;

void names_reset(void) {
  memset(page_names, 0, sizeof page_names);
  memset(slot_names, 0, sizeof slot_names);
  next_page = next_slot = 1;
  current_step = 1;
}

void names_step(uint32_t step) {
  current_step = step;
}

static uint32_t place_of(const struct name *names, uint64_t key) {
  uint32_t at = (uint32_t)((key * 0x9E3779B97F4A7C15ull) >> 40) % NAMES;
  while (names[at].number && names[at].key != key) {
    at = (at + 1) % NAMES;
  }
  return at;
}

static uint32_t name_of(struct name *names, uint64_t key, uint32_t generation, uint32_t *next) {
  uint32_t at = place_of(names, key);
  if (!names[at].number || names[at].generation != generation || names[at].seen + 1 < current_step) {
    names[at] = (struct name){key, generation, current_step, (*next)++};
  }
  names[at].seen = current_step;
  return names[at].number;
}

static uint32_t page_name(const struct rec_entry *e) {
  if (e->page == REC_PAGE_ZERO || e->page == REC_PAGE_HUGE_ZERO || e->page == REC_PAGE_NONE) {
    return 0;
  }
  return name_of(page_names, e->head, e->generation, &next_page);
}

struct run {
  struct rec_entry entry;
  uint32_t pages, name, sub;
};

static bool continues(const struct run *run, const struct rec_entry *e, uint32_t name, uint32_t sub) {
  const struct rec_entry *f = &run->entry;
  bool same = !e->huge && !f->huge && e->address == f->address + run->pages * 4096ull && e->entry == f->entry &&
              e->flags == f->flags && e->page == f->page && e->order == f->order && e->mapcount == f->mapcount;
  if (!same || !name) {
    return same;
  }
  return e->order && e->entry <= REC_PROTNONE ? name == run->name && sub == run->sub + run->pages
                                              : name == run->name + run->pages;
}

static void put_run(const struct run *run, struct text *out, const char *separator, bool first) {
  static const char *const kinds[] = {"present", "protnone", "swap", "hwpoison", "marker", "migration", "exclusive"};
  static const char *const pages[] = {"none", "anon", "file", "ksm", "hugetlb", "zero", "hugeZero"};
  static const struct {
    uint8_t bit;
    char letter;
  } letters[] = {{REC_W, 'W'}, {REC_D, 'D'}, {REC_A, 'A'}, {REC_S, 'S'}, {REC_U, 'U'}, {REC_E, 'E'}, {REC_X, 'X'}};
  const struct rec_entry *e = &run->entry;
  char flags[8], *p = flags;
  for (unsigned i = 0; i < 7; i++) {
    if (e->flags & letters[i].bit) {
      *p++ = letters[i].letter;
    }
  }
  *p = 0;
  text_add(out, "%s%s{\"at\": \"0x%" PRIx64 "\", \"pages\": %u, \"level\": \"%s\", \"entry\": \"%s\", \"flags\": \"%s\"",
           first ? "" : ",", first && separator[0] == ' ' ? "" : separator, (uint64_t)(e->address - REGION_BASE),
           run->pages, e->huge ? "pmd" : "pte", kinds[e->entry], flags);
  if (e->entry == REC_SWAP) {
    text_add(out, ", \"slot\": %u", run->name);
  } else if (e->entry <= REC_PROTNONE) {
    text_add(out, ", \"page\": \"%s\"", pages[e->page]);
    if (run->name) {
      text_add(out, ", \"id\": %u", run->name);
    }
    if (e->order) {
      text_add(out, ", \"order\": %u, \"sub\": %u", e->order, run->sub);
    }
    text_add(out, ", \"mapcount\": %u", e->mapcount);
  }
  text_add(out, "}");
}

bool observe_pages(int device, pid_t pid, struct text *out, const char *separator) {
  struct rec_walk walk = {.pid = (uint32_t)pid, .max = ENTRIES_MAX, .start = REGION_BASE,
    .end = REGION_BASE + REGION_BYTES, .entries = (uint64_t)(uintptr_t)entries};
  struct run run = {0};
  bool first = true;
  if (ioctl(device, REC_WALK, &walk) != 0) {
    perror("walk");
    abort();
  }
  text_add(out, "[");
  for (uint32_t i = 0; i < walk.count; i++) {
    const struct rec_entry *e = &entries[i];
    uint32_t sub = e->order ? (uint32_t)(e->pfn - e->head) : 0;
    uint32_t name = e->entry == REC_SWAP ? name_of(slot_names, e->pfn, 0, &next_slot)
                    : e->entry <= REC_PROTNONE ? page_name(e) : 0;
    if (run.pages && continues(&run, e, name, sub)) {
      run.pages++;
      continue;
    }
    if (run.pages) {
      put_run(&run, out, separator, first);
      first = false;
    }
    run = (struct run){*e, e->huge ? 512 : 1, name, sub};
  }
  if (run.pages) {
    put_run(&run, out, separator, first);
    first = false;
  }
  text_add(out, first || separator[0] == ' ' ? "]" : "\n  ]");
  return !first;
}

static const char *backing(const char *path) {
  if (strstr(path, "/anon_hugepage")) {
    return "hugetlb";
  }
  if (strstr(path, "/dev/zero")) {
    return "shmem";
  }
  return *path == '/' ? "file" : "anon";
}

static void put_offset(struct text *out, uint64_t address) {
  if (address < REGION_BASE) {
    text_add(out, address ? "\"below\"" : "\"min\"");
  } else if (address > REGION_BASE + REGION_BYTES) {
    text_add(out, address == UINT64_MAX ? "\"max\"" : "\"above\"");
  } else {
    text_add(out, "\"0x%" PRIx64 "\"", (uint64_t)(address - REGION_BASE));
  }
}

bool observe_vmas(pid_t pid, struct text *out, const char *separator) {
  char path[64], line[512];
  bool first = true;
  FILE *maps;
  snprintf(path, sizeof path, "/proc/%d/maps", pid);
  maps = fopen(path, "r");
  text_add(out, "[");
  while (maps && fgets(line, sizeof line, maps)) {
    uint64_t start, end, offset;
    char perms[8], file[256] = "";
    if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %*s %*s %255[^\n]", &start, &end, perms, &offset, file) < 4 ||
        end <= REGION_BASE || start >= REGION_BASE + REGION_BYTES) {
      continue;
    }
    text_add(out, "%s%s{\"start\": ", first ? "" : ",", first && separator[0] == ' ' ? "" : separator);
    put_offset(out, start);
    text_add(out, ", \"end\": ");
    put_offset(out, end);
    text_add(out, ", \"perms\": \"%s\", \"offset\": \"0x%" PRIx64 "\", \"backing\": \"%s\"}", perms, offset, backing(file));
    first = false;
  }
  if (maps) {
    fclose(maps);
  }
  text_add(out, first || separator[0] == ' ' ? "]" : "\n  ]");
  return !first;
}

static const char *symbol(int device, uint64_t address) {
  static struct {
    uint64_t address;
    char name[120];
  } known[1024];
  struct rec_symbol request = {.address = address - 1};
  uint32_t at = (uint32_t)((address * 0x9E3779B97F4A7C15ull) >> 40) % 1024;
  if (known[at].address != address) {
    ioctl(device, REC_SYMBOL, &request);
    snprintf(known[at].name, sizeof known[at].name, "%s", request.name);
    known[at].name[strcspn(known[at].name, ". [")] = 0;
    known[at].address = address;
  }
  return known[at].name;
}

static bool starts(const char *text, const char *with) {
  return !strncmp(text, with, strlen(with));
}

static bool of_notifiers(const char *name) {
  return starts(name, "__mmu_notifier") || starts(name, "mmu_notifier_") || starts(name, "mn_") ||
         starts(name, "on_") || starts(name, "add_event");
}

/* Frames from the innermost one outside the notifier code to the system call, the fault or the thread. */
static void put_site(int device, const struct rec_event *e, struct text *out) {
  unsigned i = 0, n = 0;
  const char *entry = NULL;
  while (i < e->frames && of_notifiers(symbol(device, e->site[i]))) {
    i++;
  }
  text_add(out, ", \"site\": [");
  for (; i < e->frames && !entry; i++) {
    const char *name = symbol(device, e->site[i]);
    if (starts(name, "__x64_sys_")) {
      entry = name + strlen("__x64_sys_");
    } else if (starts(name, "do_user_addr_fault") || starts(name, "exc_page_fault")) {
      entry = "page_fault";
    } else if (starts(name, "do_syscall_64") || starts(name, "ret_from_fork") || starts(name, "kthread")) {
      break;
    } else if (n < 6) {
      text_add(out, "%s\"%s\"", n++ ? ", " : "", name);
      entry = starts(name, "__do_sys_") ? name + strlen("__do_sys_") : NULL;
    }
  }
  text_add(out, "]");
  if (entry) {
    text_add(out, ", \"entry\": \"%s\"", entry);
  }
}

static bool is_implied(int device, const struct rec_event *e) {
  for (unsigned i = 0; i < e->frames && i < 4 && e->op == REC_OP_INV; i++) {
    if (starts(symbol(device, e->site[i]), "__mmu_notifier_invalidate_range_end")) {
      return true;
    }
  }
  return false;
}

static void put_range(const struct rec_event *e, struct text *out) {
  static const char *const names[] = {"UNMAP", "CLEAR", "PROTECTION_VMA", "PROTECTION_PAGE", "SOFT_DIRTY",
    "RELEASE", "MIGRATE", "EXCLUSIVE"};
  text_add(out, ", \"event\": \"%s\", \"blockable\": %s, \"owner\": %s", e->event < 8 ? names[e->event] : "?",
           e->flags & REC_BLOCKABLE ? "true" : "false", e->flags & REC_OWNER ? "true" : "false");
  if (e->flags & REC_VMA) {
    text_add(out, ", \"vma\": [");
    put_offset(out, e->vma_start);
    text_add(out, ", ");
    put_offset(out, e->vma_end);
    text_add(out, "]");
  }
  if (e->answer) {
    text_add(out, ", \"answer\": %d", e->answer);
  }
}

static void put_event(int device, const char *tlb, const struct rec_event *e, struct text *out) {
  const char *const names[] = {"invalidate_range_start", "invalidate_range_end", tlb, "change_pte",
    "clear_flush_young", "clear_young", "test_young", "release", "interval_invalidate"};
  const char *const origins[] = {"self", "other", e->comm};
  text_add(out, "\n  {\"step\": %u, \"mm\": \"%s\", \"op\": \"%s\"", e->step, e->mm ? "child" : "parent", names[e->op]);
  if (e->op == REC_OP_INTERVAL) {
    text_add(out, ", \"interval\": %u", e->interval);
  }
  if (e->op != REC_OP_RELEASE) {
    text_add(out, ", \"start\": ");
    put_offset(out, e->start);
    text_add(out, ", \"end\": ");
    put_offset(out, e->end);
  }
  if (e->op == REC_OP_START || e->op == REC_OP_END || e->op == REC_OP_INTERVAL) {
    put_range(e, out);
  }
  if (e->op == REC_OP_CHANGE_PTE) {
    text_add(out, ", \"newWritable\": %s", e->flags & REC_WRITABLE ? "true" : "false");
    const struct name *page = &page_names[place_of(page_names, e->pfn)];
    if (e->flags & REC_PAGE && page->number && page->generation == e->generation && page->seen == current_step) {
      text_add(out, ", \"newPage\": %u", page->number);
    }
  }
  text_add(out, ", \"atomic\": %s%s, \"by\": \"%s\"%s", e->flags & REC_ATOMIC ? "true" : "false",
           e->flags & REC_IRQS_OFF ? ", \"irqsOff\": true" : "", origins[e->by],
           is_implied(device, e) ? ", \"implied\": true" : "");
  put_site(device, e, out);
  text_add(out, "}");
}

uint32_t observe_events(int device, const char *tlb, uint32_t *next, struct text *out) {
  static struct rec_event events[512];
  struct rec_events request = {.events = (uint64_t)(uintptr_t)events, .max = 512};
  do {
    request.first = *next;
    if (ioctl(device, REC_EVENTS, &request) != 0) {
      abort();
    }
    for (uint32_t i = 0; i < request.count; i++) {
      const struct rec_event *e = &events[i];
      text_add(out, out->length ? "," : "");
      put_event(device, tlb, e, out);
    }
    *next += request.count;
  } while (request.count);
  return request.lost;
}

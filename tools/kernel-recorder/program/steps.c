#define _GNU_SOURCE
#include "steps.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "userfault.h"

#define PAGE 4096ull

struct word {
  const char *name;
  long value;
};

static sigjmp_buf fault_return;
static volatile sig_atomic_t guarded;
static volatile int fault_signal, fault_code, failure_code;
static struct {
  char name[16];
  int fd;
} files[8];

static void on_fault(int number, siginfo_t *info, void *context) {
  (void)context;
  if (!guarded) {
    failure_code = info->si_code;
    return;
  }
  fault_signal = number;
  fault_code = info->si_code;
  siglongjmp(fault_return, 1);
}

void actor_signals(void) {
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGBUS, &action, NULL);
}

static long word_of(const struct word *words, const char *name, long otherwise) {
  for (; name && words->name; words++) {
    if (!strcmp(words->name, name)) {
      return words->value;
    }
  }
  return otherwise;
}

/* Flags are comma-separated; an unknown one makes the whole -1. */
static long words_of(const struct word *words, const char *list) {
  char copy[128];
  long value = 0;
  snprintf(copy, sizeof copy, "%s", list ? list : "");
  for (char *rest, *p = strtok_r(copy, ",", &rest); p; p = strtok_r(NULL, ",", &rest)) {
    long one = word_of(words, p, -1);
    if (one < 0) {
      return -1;
    }
    value |= one;
  }
  return value;
}

bool put_text(const char *path, const char *text) {
  int fd = open(path, O_WRONLY);
  ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));
  int error = errno;
  if (fd >= 0) {
    close(fd);
  }
  errno = error;
  return n == (ssize_t)strlen(text);
}

/* The number in the file, or behind the key in it. */
uint64_t get_number(const char *path, const char *key) {
  char text[8192];
  int fd = open(path, O_RDONLY);
  ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  char *at;
  if (fd >= 0) {
    close(fd);
  }
  if (n <= 0) {
    return 0;
  }
  text[n] = 0;
  at = key ? strstr(text, key) : text;
  return at ? strtoull(at + (key ? strlen(key) : 0), NULL, 0) : 0;
}

bool swap_on(void) {
  return swapon("/dev/zram0", 0) == 0;
}

static int file_of(const struct json *a) {
  const char *name = json_text(a, "file");
  for (unsigned i = 0; name && i < 8; i++) {
    if (!strcmp(files[i].name, name)) {
      return files[i].fd;
    }
  }
  return -1;
}

static int prot_of(const char *text) {
  int prot = 0;
  for (; text && *text && strcmp(text, "none") != 0; text++) {
    prot |= *text == 'r' ? PROT_READ : *text == 'w' ? PROT_WRITE : *text == 'x' ? PROT_EXEC : 0;
  }
  return prot;
}

static void *at(const struct json *a, const char *key) {
  return (void *)(REGION_BASE + json_number(a, key, 0));
}

static long do_file(const struct json *a) {
  static const char *const folders[] = {"ext4", "tmpfs", "hugetlb", NULL};
  const char *name = json_text(a, "file"), *system = json_text(a, "filesystem");
  char path[64];
  int fd = -1;
  if (!strcmp(system, "memfd")) {
    fd = memfd_create(name, 0);
  }
  for (const char *const *folder = folders; *folder; folder++) {
    if (!strcmp(system, *folder)) {
      snprintf(path, sizeof path, "/mnt/%s/%s", system, name);
      unlink(path);
      fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0700);
    }
  }
  if (fd < 0) {
    return -1;
  }
  for (unsigned i = 0; i < 8; i++) {
    if (!files[i].name[0] || !strcmp(files[i].name, name)) {
      snprintf(files[i].name, sizeof files[i].name, "%s", name);
      files[i].fd = fd;
      return ftruncate(fd, (off_t)json_number(a, "size", 0));
    }
  }
  errno = EMFILE;
  return -1;
}

static long do_mmap(const struct json *a) {
  static const struct word flags[] = {{"private", MAP_PRIVATE}, {"shared", MAP_SHARED},
    {"anon", MAP_ANONYMOUS}, {"fixed", MAP_FIXED}, {"populate", MAP_POPULATE}, {"hugetlb", MAP_HUGETLB},
    {"noreserve", MAP_NORESERVE}, {"locked", MAP_LOCKED}, {"growsdown", MAP_GROWSDOWN}, {NULL, 0}};
  long f = words_of(flags, json_text(a, "flags"));
  if (f < 0) {
    errno = ENOTSUP;
    return -1;
  }
  f |= f & MAP_FIXED ? 0 : MAP_FIXED_NOREPLACE;
  return mmap(at(a, "addr"), json_number(a, "length", 0), prot_of(json_text(a, "prot")), (int)f, file_of(a),
              (off_t)json_number(a, "fileOffset", 0)) == MAP_FAILED ? -1 : 0;
}

static long do_mremap(const struct json *a, struct result *r) {
  static const struct word flags[] = {
    {"maymove", MREMAP_MAYMOVE}, {"fixed", MREMAP_FIXED}, {"dontunmap", 4}, {NULL, 0}};
  void *to = mremap(at(a, "addr"), json_number(a, "oldLength", 0), json_number(a, "newLength", 0),
                    (int)words_of(flags, json_text(a, "flags")), at(a, "newAddr"));
  if (to == MAP_FAILED) {
    return -1;
  }
  r->has_address = true;
  r->value = (int64_t)((uint64_t)to - REGION_BASE);
  return 0;
}

static long do_access(const struct json *a, struct result *r, bool store) {
  volatile uint8_t *p = at(a, "addr");
  uint64_t length = json_number(a, "length", PAGE);
  uint8_t value = (uint8_t)json_number(a, "value", 0), last = 0;
  if (sigsetjmp(fault_return, 1)) {
    guarded = 0;
    r->signal = fault_signal;
    r->code = fault_code;
    return 0;
  }
  guarded = 1;
  for (uint64_t i = 0; i < length; i += PAGE) {
    if (store) {
      p[i] = value;
    } else {
      last = p[i];
    }
  }
  guarded = 0;
  r->has_value = !store;
  r->value = last;
  return 0;
}

static const struct word advices[] = {{"NORMAL", 0}, {"RANDOM", 1}, {"SEQUENTIAL", 2}, {"WILLNEED", 3},
  {"DONTNEED", 4}, {"FREE", 8}, {"REMOVE", 9}, {"DONTFORK", 10}, {"DOFORK", 11}, {"MERGEABLE", 12},
  {"UNMERGEABLE", 13}, {"HUGEPAGE", 14}, {"NOHUGEPAGE", 15}, {"DONTDUMP", 16}, {"DODUMP", 17},
  {"WIPEONFORK", 18}, {"KEEPONFORK", 19}, {"COLD", 20}, {"PAGEOUT", 21}, {"POPULATE_READ", 22},
  {"POPULATE_WRITE", 23}, {"DONTNEED_LOCKED", 24}, {"COLLAPSE", 25}, {"HWPOISON", 100}, {"SOFT_OFFLINE", 101},
  {NULL, 0}};

static long do_madvise(const struct json *a, struct result *r) {
  long error;
  failure_code = 0;
  error = madvise(at(a, "addr"), json_number(a, "length", 0), (int)word_of(advices, json_text(a, "advice"), -1));
  r->sigbus = failure_code;
  return error;
}

static long do_process_madvise(const struct json *a) {
  struct iovec memory = {at(a, "addr"), json_number(a, "length", 0)};
  int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
  long n = syscall(SYS_process_madvise, fd, &memory, 1, (int)word_of(advices, json_text(a, "advice"), -1), 0);
  int error = errno;
  close(fd);
  errno = error;
  return n < 0 ? -1 : 0;
}

static long do_fwrite(const struct json *a) {
  size_t length = json_number(a, "length", 0);
  char *bytes = malloc(length + 1);
  ssize_t n;
  memset(bytes, (int)json_number(a, "value", 0), length);
  n = pwrite(file_of(a), bytes, length, (off_t)json_number(a, "offset", 0));
  free(bytes);
  return n < 0 ? -1 : 0;
}

static long do_fread(const struct json *a, struct result *r) {
  size_t length = json_number(a, "length", 1);
  unsigned char *bytes = malloc(length);
  ssize_t n = pread(file_of(a), bytes, length, (off_t)json_number(a, "offset", 0));
  r->has_value = n > 0;
  r->value = n > 0 ? bytes[n - 1] : 0;
  free(bytes);
  return n < 0 ? -1 : 0;
}

static long do_fallocate(const struct json *a) {
  static const struct word modes[] = {
    {"alloc", 0}, {"keep", 1}, {"punch", 3}, {"collapse", 8}, {"zero", 0x10}, {"insert", 0x20}, {NULL, 0}};
  return fallocate(file_of(a), (int)word_of(modes, json_text(a, "mode"), 0), (off_t)json_number(a, "offset", 0),
                   (off_t)json_number(a, "length", 0));
}

static long do_move_pages(const struct json *a, struct result *r) {
  static void *pages[NODES_MAX];
  static int nodes[NODES_MAX];
  uint64_t n = json_number(a, "length", 0) / PAGE;
  n = n > NODES_MAX ? NODES_MAX : n;
  for (uint64_t i = 0; i < n; i++) {
    pages[i] = (char *)at(a, "addr") + i * PAGE;
    nodes[i] = (int)json_number(a, "node", 0);
    r->node[i] = -1;
  }
  r->nodes = (int)n;
  return syscall(SYS_move_pages, 0, n, pages, nodes, r->node, 2) < 0 ? -1 : 0;
}

static long do_mbind(const struct json *a) {
  static const struct word modes[] = {{"default", 0}, {"preferred", 1}, {"bind", 2}, {"interleave", 3}, {NULL, 0}};
  unsigned long mask = json_number(a, "nodeMask", 0);
  return syscall(SYS_mbind, at(a, "addr"), json_number(a, "length", 0), word_of(modes, json_text(a, "mode"), 0),
                 &mask, 8 * sizeof mask, json_number(a, "flags", 0));
}

static long do_migrate_pages(const struct json *a) {
  unsigned long from = json_number(a, "fromMask", 0), to = json_number(a, "toMask", 0);
  return syscall(SYS_migrate_pages, 0, 8 * sizeof from, &from, &to) < 0 ? -1 : 0;
}

static long do_memwrite(const struct json *a) {
  uint8_t value = (uint8_t)json_number(a, "value", 0);
  int fd = open("/proc/self/mem", O_RDWR);
  ssize_t n = pwrite(fd, &value, 1, (off_t)(uintptr_t)at(a, "addr"));
  int error = errno;
  close(fd);
  errno = error;
  return n == 1 ? 0 : -1;
}

static long do_remote_write(const struct actor *actor, const struct json *a) {
  uint8_t value = (uint8_t)json_number(a, "value", 0);
  struct iovec local = {&value, 1}, remote = {at(a, "addr"), 1};
  return process_vm_writev(actor->child, &local, 1, &remote, 1, 0) == 1 ? 0 : -1;
}

/* Lets ksmd or khugepaged run until it went over everything that many times. */
static long full_scans(const char *folder, const char *start, const char *stop, uint64_t passes) {
  char path[96], counter[96];
  uint64_t goal;
  snprintf(counter, sizeof counter, "%s/full_scans", folder);
  snprintf(path, sizeof path, "%s/%s", folder, strchr(start, '/') ? "scan_sleep_millisecs" : "run");
  goal = get_number(counter, NULL) + passes;
  put_text(path, strchr(start, '/') ? "10" : start);
  for (int i = 0; i < 6000 && get_number(counter, NULL) < goal; i++) {
    usleep(5000);
  }
  put_text(path, stop);
  if (strchr(start, '/')) { /* the change of its sleep wakes khugepaged once more */
    for (int i = 0; i < 100 && get_number(counter, NULL) == goal; i++) {
      usleep(5000);
    }
  }
  return get_number(counter, NULL) >= goal ? 0 : (errno = ETIME, -1);
}

static long do_swapoff(void) {
  long error = swapoff("/dev/zram0");
  return error ? error : swap_on() ? 0 : -1;
}

static long do_text(const char *path, const char *text) {
  return put_text(path, text) ? 0 : -1;
}

static long do_split_huge(const struct json *a) {
  char text[96];
  uint64_t start = REGION_BASE + json_number(a, "addr", 0);
  snprintf(text, sizeof text, "%d,0x%llx,0x%llx", getpid(), (unsigned long long)start,
           (unsigned long long)(start + json_number(a, "length", 0)));
  return do_text("/sys/kernel/debug/split_huge_pages", text);
}

static long do_mthp(const struct json *a) {
  char path[96];
  snprintf(path, sizeof path, "/sys/kernel/mm/transparent_hugepage/hugepages-%llukB/enabled",
           (unsigned long long)json_number(a, "kibibytes", 64));
  return do_text(path, json_text(a, "when"));
}

static long do_cgroup(void) {
  char text[16];
  snprintf(text, sizeof text, "%d", getpid());
  return do_text("/sys/fs/cgroup/scenario/cgroup.procs", text);
}

static long do_uprobe(const struct json *a, bool add) {
  char text[96];
  if (!add) {
    put_text("/sys/kernel/tracing/events/uprobes/hil/enable", "0");
    return do_text("/sys/kernel/tracing/uprobe_events", "-:uprobes/hil");
  }
  snprintf(text, sizeof text, "p:uprobes/hil /mnt/ext4/%s:0x%llx", json_text(a, "file"),
           (unsigned long long)json_number(a, "offset", 0));
  return put_text("/sys/kernel/tracing/uprobe_events", text)
           ? do_text("/sys/kernel/tracing/events/uprobes/hil/enable", "1") : -1;
}

static long do_cpu(const struct json *a) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET((int)json_number(a, "value", 0), &set);
  return sched_setaffinity(0, sizeof set, &set);
}

static long do_numa_hint(const struct json *a) {
  struct result ignored = {0};
  uint64_t rounds = json_number(a, "milliseconds", 0) / 10;
  put_text("/proc/sys/kernel/numa_balancing", "1");
  for (uint64_t i = 0; i < rounds; i++) {
    do_access(a, &ignored, false);
    for (volatile int spin = 0; spin < 1000000; spin++) {
    }
  }
  return do_text("/proc/sys/kernel/numa_balancing", "0");
}

static long do_register(const struct actor *actor, const struct json *a) {
  const char *variant = json_text(a, "variant");
  struct rec_register request = {.mm = (uint32_t)actor->mm, .norange = variant && !strcmp(variant, "norange"),
    .eagain = variant && !strcmp(variant, "eagain")};
  return ioctl(actor->device, REC_REGISTER, &request);
}

static long do_interval(const struct actor *actor, const struct json *a) {
  struct rec_interval request = {.mm = (uint32_t)actor->mm, .index = (uint32_t)json_number(a, "index", 0),
    .start = (uint64_t)(uintptr_t)at(a, "addr"), .length = json_number(a, "length", 0)};
  return ioctl(actor->device, REC_INTERVAL_ADD, &request);
}

static long do_device(const struct actor *actor, const struct json *a, unsigned long command, struct result *r) {
  const char *flags = json_text(a, "flags"), *access = json_text(a, "access");
  struct rec_range request = {.start = (uint64_t)(uintptr_t)at(a, "addr"), .length = json_number(a, "length", 0),
    .write = (flags && strstr(flags, "write")) || (access && !strcmp(access, "write")),
    .longterm = flags && strstr(flags, "longterm"), .abort = flags && strstr(flags, "abort")};
  long error = ioctl(actor->device, command, &request);
  r->has_count = !error && command != REC_HMM_FAULT;
  r->value = request.count;
  return error;
}

static long do_wait(const struct actor *actor, struct result *r) {
  int status = 0;
  if (waitpid(actor->child, &status, 0) < 0) {
    return -1;
  }
  r->has_wait = true;
  r->value = status;
  return 0;
}

static long do_mrelease(const struct actor *actor) {
  int fd = (int)syscall(SYS_pidfd_open, actor->child, 0);
  long error = syscall(SYS_process_mrelease, fd, 0);
  int saved = errno;
  close(fd);
  errno = saved;
  return error;
}

static long do_oom_kill(void) {
  long error = do_text("/proc/sysrq-trigger", "f");
  sleep(4);
  return error;
}

enum operation {
  OP_MMAP, OP_MUNMAP, OP_WRITE, OP_READ, OP_MPROTECT, OP_MADVISE, OP_MREMAP, OP_MLOCK, OP_MLOCK_ONFAULT,
  OP_MUNLOCK, OP_CLEAR_REFS, OP_MOVE_PAGES, OP_MBIND, OP_MIGRATE_PAGES, OP_FILE, OP_FWRITE, OP_FREAD,
  OP_FTRUNCATE, OP_FALLOCATE, OP_FSYNC, OP_MSYNC, OP_FADVISE, OP_REMAP, OP_REGISTER, OP_UNREGISTER,
  OP_INTERVAL_ADD, OP_INTERVAL_DEL, OP_KSM, OP_KSM_UNMERGE, OP_KHUGEPAGED, OP_RECLAIM, OP_CGROUP, OP_SWAPOFF,
  OP_SPLIT_HUGE, OP_LRU_GEN, OP_MTHP, OP_DROP_CACHES, OP_MEMWRITE, OP_REMOTE_WRITE, OP_PROCESS_MADVISE,
  OP_CPU, OP_PIN, OP_UNPIN, OP_HMM_FAULT, OP_MIGRATE_VMA, OP_KILL, OP_WAIT, OP_BLOCK, OP_UNBLOCK, OP_MRELEASE,
  OP_OOM_KILL, OP_OOM_SCORE, OP_NUMA_HINT, OP_UPROBE_ADD, OP_UPROBE_DEL, OP_USERFAULT,
};

static const struct word operations[] = {{"mmap", OP_MMAP}, {"munmap", OP_MUNMAP}, {"write", OP_WRITE},
  {"read", OP_READ}, {"mprotect", OP_MPROTECT}, {"madvise", OP_MADVISE}, {"mremap", OP_MREMAP},
  {"mlock", OP_MLOCK}, {"mlock_onfault", OP_MLOCK_ONFAULT}, {"munlock", OP_MUNLOCK},
  {"clear_refs", OP_CLEAR_REFS}, {"move_pages", OP_MOVE_PAGES}, {"mbind", OP_MBIND},
  {"migrate_pages", OP_MIGRATE_PAGES}, {"file", OP_FILE}, {"fwrite", OP_FWRITE}, {"fread", OP_FREAD},
  {"ftruncate", OP_FTRUNCATE}, {"fallocate", OP_FALLOCATE}, {"fsync", OP_FSYNC}, {"msync", OP_MSYNC},
  {"fadvise_dontneed", OP_FADVISE}, {"remap_file_pages", OP_REMAP}, {"register", OP_REGISTER},
  {"unregister", OP_UNREGISTER}, {"interval_add", OP_INTERVAL_ADD}, {"interval_del", OP_INTERVAL_DEL},
  {"ksm", OP_KSM}, {"ksm_unmerge", OP_KSM_UNMERGE}, {"khugepaged", OP_KHUGEPAGED}, {"reclaim", OP_RECLAIM},
  {"cgroup", OP_CGROUP}, {"swapoff", OP_SWAPOFF}, {"split_huge", OP_SPLIT_HUGE}, {"lru_gen", OP_LRU_GEN},
  {"mthp", OP_MTHP}, {"drop_caches", OP_DROP_CACHES}, {"memwrite", OP_MEMWRITE},
  {"remote_write", OP_REMOTE_WRITE}, {"process_madvise", OP_PROCESS_MADVISE}, {"cpu", OP_CPU}, {"pin", OP_PIN},
  {"unpin", OP_UNPIN}, {"hmm_fault", OP_HMM_FAULT}, {"migrate_vma", OP_MIGRATE_VMA}, {"kill", OP_KILL},
  {"wait", OP_WAIT}, {"block", OP_BLOCK}, {"unblock", OP_UNBLOCK}, {"mrelease", OP_MRELEASE},
  {"oom_kill", OP_OOM_KILL}, {"oom_score_adj", OP_OOM_SCORE}, {"numa_hint", OP_NUMA_HINT},
  {"uprobe_add", OP_UPROBE_ADD}, {"uprobe_del", OP_UPROBE_DEL}, {"uffd_open", OP_USERFAULT},
  {"uffd_open_async", OP_USERFAULT}, {"uffd_register", OP_USERFAULT}, {"uffd_unregister", OP_USERFAULT},
  {"uffd_wp", OP_USERFAULT}, {"uffd_copy", OP_USERFAULT}, {"uffd_zeropage", OP_USERFAULT},
  {"uffd_continue", OP_USERFAULT}, {"uffd_move", OP_USERFAULT}, {"pagemap_scan", OP_USERFAULT}, {NULL, 0}};

static long memory_step(long operation, const struct json *a, struct result *r) {
  static const struct word syncs[] = {{"async", MS_ASYNC}, {"sync", MS_SYNC}, {"invalidate", MS_INVALIDATE}, {NULL, 0}};
  void *p = at(a, "addr");
  uint64_t length = json_number(a, "length", 0);
  char text[24];
  switch (operation) {
    case OP_MMAP: return do_mmap(a);
    case OP_MUNMAP: return munmap(p, length);
    case OP_WRITE: return do_access(a, r, true);
    case OP_READ: return do_access(a, r, false);
    case OP_MPROTECT: return mprotect(p, length, prot_of(json_text(a, "prot")));
    case OP_MADVISE: return do_madvise(a, r);
    case OP_MREMAP: return do_mremap(a, r);
    case OP_MLOCK: return mlock(p, length);
    case OP_MLOCK_ONFAULT: return (long)syscall(SYS_mlock2, p, length, 1);
    case OP_MUNLOCK: return munlock(p, length);
    case OP_CLEAR_REFS:
      snprintf(text, sizeof text, "%d", (int)json_number(a, "value", 1));
      return do_text("/proc/self/clear_refs", text);
    case OP_MOVE_PAGES: return do_move_pages(a, r);
    case OP_MBIND: return do_mbind(a);
    case OP_MIGRATE_PAGES: return do_migrate_pages(a);
    case OP_MSYNC: return msync(p, length, (int)words_of(syncs, json_text(a, "flags")));
    case OP_REMAP: return (long)syscall(SYS_remap_file_pages, p, length, 0, json_number(a, "pageOffset", 0), 0);
    case OP_MEMWRITE: return do_memwrite(a);
    case OP_PROCESS_MADVISE: return do_process_madvise(a);
    case OP_NUMA_HINT: return do_numa_hint(a);
    case OP_SPLIT_HUGE: return do_split_huge(a);
    default: return -2;
  }
}

static long system_step(long operation, const struct json *a, struct result *r) {
  char text[24];
  (void)r;
  switch (operation) {
    case OP_FILE: return do_file(a);
    case OP_FWRITE: return do_fwrite(a);
    case OP_FREAD: return do_fread(a, r);
    case OP_FTRUNCATE: return ftruncate(file_of(a), (off_t)json_number(a, "size", 0));
    case OP_FALLOCATE: return do_fallocate(a);
    case OP_FSYNC: return fsync(file_of(a));
    case OP_FADVISE:
      return posix_fadvise(file_of(a), (off_t)json_number(a, "offset", 0), (off_t)json_number(a, "length", 0), 4);
    case OP_KSM: return full_scans("/sys/kernel/mm/ksm", "1", "0", json_number(a, "passes", 1));
    case OP_KSM_UNMERGE: return do_text("/sys/kernel/mm/ksm/run", "2");
    case OP_KHUGEPAGED:
      return full_scans("/sys/kernel/mm/transparent_hugepage/khugepaged", "/", "600000", json_number(a, "passes", 1));
    case OP_RECLAIM: return do_text("/sys/fs/cgroup/scenario/memory.reclaim", json_text(a, "bytes"));
    case OP_CGROUP: return do_cgroup();
    case OP_SWAPOFF: return do_swapoff();
    case OP_LRU_GEN: return do_text("/sys/kernel/mm/lru_gen/enabled", json_text(a, "value"));
    case OP_MTHP: return do_mthp(a);
    case OP_DROP_CACHES:
      snprintf(text, sizeof text, "%d", (int)json_number(a, "value", 1));
      return do_text("/proc/sys/vm/drop_caches", text);
    case OP_CPU: return do_cpu(a);
    case OP_OOM_KILL: return do_oom_kill();
    case OP_OOM_SCORE:
      snprintf(text, sizeof text, "%d", (int)json_number(a, "value", 0));
      return do_text("/proc/self/oom_score_adj", text);
    case OP_UPROBE_ADD: return do_uprobe(a, true);
    case OP_UPROBE_DEL: return do_uprobe(a, false);
    default: return -2;
  }
}

static long actor_step(struct actor *actor, long operation, const char *name, const struct json *a, struct result *r) {
  uint32_t number;
  switch (operation) {
    case OP_REGISTER: return do_register(actor, a);
    case OP_UNREGISTER: return number = (uint32_t)actor->mm, ioctl(actor->device, REC_UNREGISTER, &number);
    case OP_INTERVAL_ADD: return do_interval(actor, a);
    case OP_INTERVAL_DEL:
      return number = (uint32_t)json_number(a, "index", 0), ioctl(actor->device, REC_INTERVAL_DEL, &number);
    case OP_PIN: return do_device(actor, a, REC_PIN, r);
    case OP_UNPIN: return ioctl(actor->device, REC_UNPIN);
    case OP_HMM_FAULT: return do_device(actor, a, REC_HMM_FAULT, r);
    case OP_MIGRATE_VMA: return do_device(actor, a, REC_MIGRATE_VMA, r);
    case OP_REMOTE_WRITE: return do_remote_write(actor, a);
    case OP_KILL: return kill(actor->child, SIGKILL);
    case OP_WAIT: return do_wait(actor, r);
    case OP_UNBLOCK: return ioctl(actor->device, REC_UNBLOCK);
    case OP_MRELEASE: return do_mrelease(actor);
    case OP_USERFAULT: return userfault_step(&actor->uffd, name, a);
    default: return -2;
  }
}

void run_step(struct actor *actor, const struct json *step, struct result *r) {
  const struct json *a = json_get(step, "args");
  const char *name = json_text(step, "op");
  long operation = word_of(operations, name, -1), answer = -2;
  errno = 0;
  if (operation >= 0) {
    answer = memory_step(operation, a, r);
    answer = answer == -2 ? system_step(operation, a, r) : answer;
    answer = answer == -2 ? actor_step(actor, operation, name, a, r) : answer;
  }
  r->unknown = answer == -2;
  r->error = answer == -1 ? errno : 0;
}

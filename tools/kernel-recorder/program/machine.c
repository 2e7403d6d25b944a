#define _GNU_SOURCE
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "steps.h"

static void must(int failed, const char *what) {
  if (failed) {
    fprintf(stderr, "recorder: %s: %s\n", what, strerror(errno));
    machine_stop();
  }
}

static void mount_on(const char *what, const char *where, const char *type, const char *options) {
  mkdir(where, 0755);
  must(mount(what, where, type, 0, options), where);
}

/* /modules lists the modules in the order of their dependencies. */
static void load_modules(void) {
  char line[256];
  FILE *list = fopen("/modules", "r");
  must(!list, "/modules");
  while (fgets(line, sizeof line, list)) {
    int fd;
    line[strcspn(line, "\n")] = 0;
    fd = open(line, O_RDONLY);
    must(fd < 0, line);
    must(syscall(SYS_finit_module, fd, "", 0) != 0 && errno != EEXIST, line);
    close(fd);
  }
  fclose(list);
}

/* What mkswap writes: one page whose end says SWAPSPACE2. */
static void make_swap(const char *path, long bytes) {
  static char page[4096];
  uint32_t *header = (uint32_t *)(page + 1024);
  int fd = open(path, O_RDWR);
  header[0] = 1;
  header[1] = (uint32_t)(bytes / 4096 - 1);
  memcpy(page + 4086, "SWAPSPACE2", 10);
  must(fd < 0 || pwrite(fd, page, sizeof page, 0) != sizeof page, path);
  close(fd);
}

/* A process that khugepaged can always scan: with nothing to scan it would start on the first that comes. */
static void keep_khugepaged_asleep(void) {
  if (fork() == 0) {
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    must(madvise(p, 4096, MADV_HUGEPAGE) != 0, "MADV_HUGEPAGE");
    for (;;) {
      pause();
    }
  }
  usleep(500000);
}

static void settings(void) {
  static const char *const table[][2] = {
    {"/proc/sys/kernel/printk", "4"},
    {"/sys/kernel/mm/transparent_hugepage/enabled", "madvise"},
    {"/sys/kernel/mm/transparent_hugepage/khugepaged/pages_to_scan", "100000"},
    {"/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs", "600000"},
    {"/sys/kernel/mm/ksm/run", "0"},
    {"/sys/kernel/mm/ksm/pages_to_scan", "10000"},
    {"/proc/sys/vm/nr_hugepages", "24"},
    {"/proc/sys/vm/dirty_writeback_centisecs", "0"},
    {"/proc/sys/vm/dirty_expire_centisecs", "360000"},
    {"/proc/sys/vm/laptop_mode", "0"},
  };
  static const char *const optional[][2] = {
    {"/sys/kernel/mm/lru_gen/enabled", "n"},
    {"/proc/sys/kernel/numa_balancing", "0"},
    {"/proc/sys/vm/compaction_proactiveness", "0"},
    {"/proc/sys/vm/memory_failure_early_kill", "0"},
    {"/proc/sys/vm/unprivileged_userfaultfd", "1"},
  };
  for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
    must(!put_text(table[i][0], table[i][1]), table[i][0]);
  }
  for (unsigned i = 0; i < sizeof optional / sizeof *optional; i++) {
    put_text(optional[i][0], optional[i][1]);
  }
}

void machine_start(void) {
  mount_on("proc", "/proc", "proc", NULL);
  mount_on("sys", "/sys", "sysfs", NULL);
  mount_on("dev", "/dev", "devtmpfs", NULL);
  load_modules();
  mount_on("debug", "/sys/kernel/debug", "debugfs", NULL);
  mount_on("trace", "/sys/kernel/tracing", "tracefs", NULL);
  mount_on("cgroup", "/sys/fs/cgroup", "cgroup2", NULL);
  mount_on("share", "/share", "9p", "trans=virtio,version=9p2000.L,msize=262144");
  mkdir("/mnt", 0755);
  mount_on("/dev/vda", "/mnt/ext4", "ext4", NULL);
  mount_on("tmpfs", "/mnt/tmpfs", "tmpfs", "huge=advise");
  mount_on("hugetlb", "/mnt/hugetlb", "hugetlbfs", NULL);
  must(!put_text("/sys/block/zram0/disksize", "256M"), "zram");
  make_swap("/dev/zram0", 256l << 20);
  must(!swap_on(), "swapon");
  must(!put_text("/sys/fs/cgroup/cgroup.subtree_control", "+memory"), "memory controller");
  settings();
  keep_khugepaged_asleep();
}

void machine_tidy(void) {
  mkdir("/sys/fs/cgroup/scenario", 0755);
  put_text("/sys/kernel/mm/lru_gen/enabled", "n");
  put_text("/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled", "never");
  unlink("/mnt/ext4/f");
  unlink("/mnt/ext4/g");
  unlink("/mnt/tmpfs/f");
  unlink("/mnt/tmpfs/g");
  unlink("/mnt/hugetlb/f");
  unlink("/mnt/hugetlb/g");
  sync();
  put_text("/proc/sys/vm/drop_caches", "3");
}

void machine_stop(void) {
  fflush(NULL);
  sync();
  reboot(RB_POWER_OFF);
  exit(1);
}

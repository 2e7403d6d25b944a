#define _GNU_SOURCE
#include "userfault.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "steps.h"

/* Newer than the headers of the distribution this is built on (Linux 6.7 and 6.8). */
#define FEATURE_WP_UNPOPULATED (1ull << 13)
#define FEATURE_WP_ASYNC (1ull << 15)
struct move_request {
  uint64_t dst, src, len, mode;
  int64_t move;
};
#define MOVE_PAGES _IOWR(0xAA, 0x05, struct move_request)
struct scan_request {
  uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
  uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};
#define SCAN_PAGES _IOWR('f', 16, struct scan_request)
#define SCAN_WP_MATCHING 1
#define SCAN_CHECK_WPASYNC 2
#define SCAN_WRITTEN 2

static long open_uffd(int *fd, uint64_t more) {
  struct uffdio_api api = {.api = UFFD_API, .features = UFFD_FEATURE_SIGBUS | more};
  *fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
  return *fd < 0 ? -1 : ioctl(*fd, UFFDIO_API, &api);
}

static long register_range(int fd, const struct json *a, uint64_t start, uint64_t length) {
  const char *mode = json_text(a, "mode");
  struct uffdio_register request = {.range = {start, length}};
  request.mode = (strstr(mode, "missing") ? UFFDIO_REGISTER_MODE_MISSING : 0) |
                 (strstr(mode, "wp") ? UFFDIO_REGISTER_MODE_WP : 0) |
                 (strstr(mode, "minor") ? UFFDIO_REGISTER_MODE_MINOR : 0);
  return ioctl(fd, UFFDIO_REGISTER, &request);
}

static long copy(int fd, const struct json *a, uint64_t start, uint64_t length) {
  void *from = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  struct uffdio_copy request = {.dst = start, .src = (uint64_t)(uintptr_t)from, .len = length};
  long error;
  int saved;
  memset(from, (int)json_number(a, "value", 0), length);
  error = ioctl(fd, UFFDIO_COPY, &request);
  saved = errno;
  munmap(from, length);
  errno = saved;
  return error;
}

static long scan(uint64_t start, uint64_t length) {
  static struct {
    uint64_t start, end, categories;
  } regions[512];
  struct scan_request request = {.size = sizeof request, .flags = SCAN_WP_MATCHING | SCAN_CHECK_WPASYNC,
    .start = start, .end = start + length, .vec = (uint64_t)(uintptr_t)regions, .vec_len = 512,
    .category_mask = SCAN_WRITTEN, .return_mask = SCAN_WRITTEN};
  int fd = open("/proc/self/pagemap", O_RDONLY);
  long n = ioctl(fd, SCAN_PAGES, &request);
  int saved = errno;
  close(fd);
  errno = saved;
  return n < 0 ? -1 : 0;
}

long userfault_step(int *fd, const char *name, const struct json *a) {
  uint64_t start = REGION_BASE + json_number(a, "addr", 0), length = json_number(a, "length", 0);
  struct uffdio_range range = {start, length};
  if (!strcmp(name, "uffd_open")) {
    return open_uffd(fd, 0);
  }
  if (!strcmp(name, "uffd_open_async")) {
    return open_uffd(fd, FEATURE_WP_ASYNC | FEATURE_WP_UNPOPULATED);
  }
  if (!strcmp(name, "uffd_register")) {
    return register_range(*fd, a, start, length);
  }
  if (!strcmp(name, "uffd_unregister")) {
    return ioctl(*fd, UFFDIO_UNREGISTER, &range);
  }
  if (!strcmp(name, "uffd_wp")) {
    struct uffdio_writeprotect request = {
      .range = range, .mode = json_number(a, "protect", 0) ? UFFDIO_WRITEPROTECT_MODE_WP : 0};
    return ioctl(*fd, UFFDIO_WRITEPROTECT, &request);
  }
  if (!strcmp(name, "uffd_copy")) {
    return copy(*fd, a, start, length);
  }
  if (!strcmp(name, "uffd_zeropage")) {
    struct uffdio_zeropage request = {.range = range};
    return ioctl(*fd, UFFDIO_ZEROPAGE, &request);
  }
  if (!strcmp(name, "uffd_continue")) {
    struct uffdio_continue request = {.range = range};
    return ioctl(*fd, UFFDIO_CONTINUE, &request);
  }
  if (!strcmp(name, "uffd_move")) {
    struct move_request request = {.dst = REGION_BASE + json_number(a, "newAddr", 0), .src = start, .len = length};
    return ioctl(*fd, MOVE_PAGES, &request);
  }
  return strcmp(name, "pagemap_scan") ? -2 : scan(start, length);
}

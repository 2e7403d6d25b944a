// The same stimulus as HilBench.Scenarios.ClosedLoop, TLP for TLP and cycle for cycle (equal hashes prove it), with
// nothing in it but what the loop itself needs: a flat page table, flat memory, one ring of records each way.
#include "closed_loop.h"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "hilbench_device.h"

namespace {

constexpr uint32_t kFunction = 0x0100;
constexpr uint32_t kAgent = 0x0008;
constexpr uint32_t kBar = 0xE0000000;
constexpr uint32_t kNotify = 0xFEE00000;
constexpr int kSlots = 8;
constexpr uint64_t kPatience = 100000;

uint32_t swap32(uint32_t v) { return __builtin_bswap32(v); }
uint64_t swap64(uint64_t v) { return __builtin_bswap64(v); }

struct Abi {
  hil_device *(*open)(const char *, char *, size_t);
  void (*close)(hil_device *);
  void (*reset)(hil_device *, int);
  uint64_t (*cycles)(hil_device *);
  int (*exchange_run)(hil_device *, hil_exchange *);
};

}  // namespace

struct hil_loop {
  void *library = nullptr;
  Abi abi{};
  hil_device *device = nullptr;
  hil_loop_setup setup{};
  std::vector<uint64_t> entries;
  uint8_t *memory = nullptr;
  alignas(8) uint8_t in[1 << 16];
  alignas(8) uint8_t out[1 << 16];
  uint32_t in_size = 0;
  uint64_t now = 0, origin = 0;
  uint64_t random = 0;
  uint32_t running = 0, label = 0, labels[kSlots] = {};
  uint64_t started = 0, invalidations_started = 0;
  bool invalidating = false;
  uint32_t itag = 0;
  hil_loop_totals totals{};

  uint64_t next() {
    random = random * 6364136223846793005ull + 1442695040888963407ull;
    return random >> 16;
  }

  uint32_t *record(uint32_t dws) {
    uint8_t *at = in + in_size;
    const uint64_t cycle = now + setup.latency_cycles;
    const uint32_t size = dws * 4, zero = 0;
    memcpy(at, &cycle, 8);
    memcpy(at + 8, &size, 4);
    memcpy(at + 12, &zero, 4);
    in_size += 16 + ((size + 7) & ~7u);
    totals.tlps++;
    return reinterpret_cast<uint32_t *>(at + 16);
  }

  void config_write(uint32_t reg, uint32_t value, uint32_t enables) {
    uint32_t *d = record(4);
    d[0] = swap32(0x44000001);
    d[1] = swap32(kAgent << 16 | enables);
    d[2] = swap32(kFunction << 16 | reg);
    d[3] = value;
  }

  void mmio_write(uint32_t offset, const uint32_t *values, uint32_t dws) {
    uint32_t *d = record(3 + dws);
    d[0] = swap32(0x40000000 | dws);
    d[1] = swap32(kAgent << 16 | (dws == 1 ? 0x0F : 0xFF));
    d[2] = swap32(kBar + offset);
    memcpy(d + 3, values, dws * 4);
  }

  bool run(uint64_t until) {
    hil_exchange x{};
    x.until_cycle = until;
    x.linger_cycles = setup.latency_cycles - 1;
    x.in = in;
    x.in_size = in_size;
    x.out = out;
    x.out_capacity = sizeof out;
    if (abi.exchange_run(device, &x) < 0) return false;
    in_size -= x.in_taken;
    memmove(in, in + x.in_taken, in_size);
    for (uint32_t at = 0; at < x.out_size;) {
      uint64_t cycle;
      uint32_t size;
      memcpy(&cycle, out + at, 8);
      memcpy(&size, out + at + 8, 4);
      if (cycle > now) now = cycle;
      take(reinterpret_cast<const uint32_t *>(out + at + 16), size, cycle);
      at += 16 + ((size + 7) & ~7u);
    }
    if (x.cycle > now) now = x.cycle;
    return true;
  }

  void take(const uint32_t *d, uint32_t size, uint64_t cycle) {
    uint64_t h = totals.hash ^ (cycle - origin);
    for (uint32_t i = 0; i < size / 4; i++) h = (h ^ d[i]) * 0x100000001B3ull;
    totals.hash = h;
    totals.tlps++;
    const uint32_t *t = (d[0] & 0xFF) == 0x91 ? d + 1 : d;
    const uint32_t dw0 = swap32(t[0]);
    const uint32_t at = dw0 >> 10 & 3, length = dw0 & 0x3FF;
    switch (dw0 >> 24) {
      case 0x00: case 0x20: {
        const uint64_t address = dw0 >> 29 ? (uint64_t)swap32(t[2]) << 32 | swap32(t[3]) : swap32(t[2]);
        const uint32_t tag = swap32(t[1]) >> 8 & 0xFF;
        if (at == 1) translate(address, tag); else read(address, length, tag);
        break;
      }
      case 0x40: case 0x60: {
        const bool wide = dw0 >> 29 == 3;
        const uint64_t address = wide ? (uint64_t)swap32(t[2]) << 32 | swap32(t[3]) : swap32(t[2]);
        write(address, at, t + (wide ? 4 : 3), length);
        break;
      }
      case 0x32:
        if (invalidating) { invalidating = false; totals.transactions++; }
        break;
      default: break;
    }
  }

  void translate(uint64_t address, uint32_t tag) {
    uint32_t *d = record(5);
    d[0] = swap32(0x4A000002);
    d[1] = swap32(kAgent << 16 | 8);
    d[2] = swap32(kFunction << 16 | tag << 8);
    const uint64_t entry = swap64(entries[(address - setup.va) >> 12]);
    memcpy(d + 3, &entry, 8);
  }

  void read(uint64_t address, uint32_t length, uint32_t tag) {
    uint32_t *d = record(3 + length);
    d[0] = swap32(0x4A000000 | length);
    d[1] = swap32(kAgent << 16 | length * 4);
    d[2] = swap32(kFunction << 16 | tag << 8 | (address & 0x7F));
    memcpy(d + 3, memory + address, length * 4);
  }

  void write(uint64_t address, uint32_t at, const uint32_t *data, uint32_t length) {
    if (at == 2) {
      memcpy(memory + address, data, length * 4);
    } else if (address - kNotify < 16 * kSlots) {
      const uint32_t slot = (address - kNotify) / 16;
      if ((data[0] >> 8 & 0xFF) == (labels[slot] & 0xFF)) {
        running &= ~(1u << slot);
        totals.transactions++;
      }
    }
  }

  void start(int slot) {
    const uint64_t r = next();
    const uint64_t va = setup.va + (r >> 16) % setup.pages * 4096 + (r & 63) * 64;
    const bool is_write = (r >> 8 & 3) >= setup.reads_of_4;
    labels[slot] = ++label & 0xFF;
    const uint32_t values[6] = {(uint32_t)va, (uint32_t)(va >> 32), setup.pasid | 1u << 31, 64, (uint32_t)r,
                                (is_write ? 2u : 1u) | labels[slot] << 8};
    running |= 1u << slot;
    started++;
    mmio_write(0x100 + 0x40 * slot, values, 6);
  }

  void invalidate() {
    const uint64_t va = setup.va + (next() >> 16) % setup.pages * 4096;
    uint32_t *d = record(7);
    d[0] = swap32(0x91000000 | setup.pasid);
    d[1] = swap32(0x72000002);
    d[2] = swap32(kAgent << 16 | itag << 8 | 1);
    d[3] = swap32(kFunction << 16);
    d[4] = 0;
    const uint64_t payload = swap64(va);
    memcpy(d + 5, &payload, 8);
    itag = (itag + 1) & 31;
    invalidating = true;
    invalidations_started++;
  }
};

extern "C" hil_loop *hil_loop_open(const char *library, const hil_loop_setup *setup, char *error, size_t error_size) {
  auto *loop = new hil_loop;
  loop->library = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (!loop->library) {
    snprintf(error, error_size, "%s", dlerror());
    delete loop;
    return nullptr;
  }
  auto symbol = [&](const char *name) { return dlsym(loop->library, name); };
  loop->abi = {reinterpret_cast<decltype(Abi::open)>(symbol("hil_open")),
               reinterpret_cast<decltype(Abi::close)>(symbol("hil_close")),
               reinterpret_cast<decltype(Abi::reset)>(symbol("hil_reset")),
               reinterpret_cast<decltype(Abi::cycles)>(symbol("hil_cycles")),
               reinterpret_cast<decltype(Abi::exchange_run)>(symbol("hil_exchange_run"))};
  loop->device = loop->abi.open("", error, error_size);
  if (!loop->device) {
    delete loop;
    return nullptr;
  }
  loop->setup = *setup;
  loop->entries.assign(setup->entries, setup->entries + setup->pages);
  loop->memory = static_cast<uint8_t *>(calloc(1, setup->memory_bytes));
  loop->random = setup->seed;
  loop->abi.reset(loop->device, 0);
  loop->now = loop->abi.cycles(loop->device);
  loop->config_write(0x10, kBar, 0xF);
  loop->config_write(0x48, 2u << 12, 0x3);
  loop->config_write(0x04, 6, 0x3);
  loop->config_write(0x114, 1u << 16, 0xC);
  loop->config_write(0x104, 1u << 31, 0xC);
  const uint32_t notify = kNotify;
  loop->mmio_write(0x010, &notify, 1);
  const uint64_t quiet = loop->now + 2000;
  while (loop->now < quiet) loop->run(quiet);
  loop->origin = loop->now;
  loop->totals = {};
  return loop;
}

extern "C" int hil_loop_run(hil_loop *loop, uint64_t transactions, hil_loop_totals *totals) {
  uint64_t last = loop->totals.transactions, since = loop->now;
  while (loop->totals.transactions < transactions) {
    while (loop->running != (1u << kSlots) - 1) loop->start(__builtin_ctz(~loop->running));
    if (!loop->invalidating && loop->started / loop->setup.operations_per_invalidation > loop->invalidations_started)
      loop->invalidate();
    if (!loop->run(loop->now + kPatience)) return -1;
    if (loop->totals.transactions != last) {
      last = loop->totals.transactions;
      since = loop->now;
    } else if (loop->now - since >= kPatience) {
      return -1;
    }
  }
  loop->totals.cycles = loop->now - loop->origin;
  *totals = loop->totals;
  return 0;
}

extern "C" void hil_loop_close(hil_loop *loop) {
  loop->abi.close(loop->device);
  free(loop->memory);
  dlclose(loop->library);
  delete loop;
}
